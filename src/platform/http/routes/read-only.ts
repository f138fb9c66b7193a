import { isDeepStrictEqual } from 'node:util';
import { failHttp } from '../pipeline/errors.js';
import type { Route, RouteInput } from './route.js';
import { sentence } from './sentences.js';
import { isObjectSchema, withFields, type ObjectSchema } from '#src/platform/schema/schema.js';

/** Fields that are not compared: each change sets them, so that a repeated PUT would be refused. */
const UNCOMPARED = new Set(['updatedAt']);

/** Equals no value. */
const OTHER = Symbol('another value');

type Fields = Readonly<Record<string, unknown>>;

const isWrite = ({ method }: Route): boolean => method === 'put' || method === 'patch';

const shownBy = (route: Route | undefined): ObjectSchema | undefined => {
  const body = route?.replies[200]?.body;
  return body !== undefined && isObjectSchema(body) ? body : undefined;
};

/** Adds to a body the fields that its resource shows and the body lacks. */
const withFieldsOf = (body: ObjectSchema, shown: ObjectSchema, names: readonly string[]): ObjectSchema =>
  withFields(
    body,
    Object.fromEntries(
      names.map((name) => [
        name,
        // A value of another form than the field's is treated like any other different value.
        shown.joi
          .extract(name)
          .optional()
          .failover(() => OTHER)
          .meta({ readOnly: true }),
      ]),
    ),
  );

const pick = (fields: Fields, keep: (name: string) => boolean): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => keep(name)));

/** Fails with `invalid_body` if a field that can't be changed here differs from what the resource shows. */
const requireUnchanged = (given: Fields, shown: Fields, writable: ReadonlySet<string>): void => {
  const insteadOf = (name: string): string =>
    writable.has(`${name}Id`) ? `change ${name}Id instead` : 'omit it, or send its current value';
  const errors = Object.entries(given)
    .filter(([name, value]) => !UNCOMPARED.has(name) && !isDeepStrictEqual(value, shown[name]))
    .map(([name]) => ({
      pointer: `/${name}`,
      detail: sentence({ path: [name], detail: `is read-only: ${insteadOf(name)}` }),
    }));
  if (errors.length > 0) throw failHttp('invalid_body', { errors });
};

/**
 * Lets each PUT and PATCH repeat the fields that GET shows at the same path, so that a client can read, edit and send back a
 * whole resource. A field that can't be changed there may be absent or unchanged.
 */
export const acceptReadOnlyFields = (table: readonly Route[]): readonly Route[] =>
  table.map((route) => {
    const reader = table.find(({ method, path }) => method === 'get' && path === route.path);
    const shown = shownBy(reader);
    // The comparison would reveal to the caller what they may not read.
    const isHidden = reader?.access === 'admin' && route.access !== 'admin';
    if (
      !isWrite(route) ||
      isHidden ||
      route.body === undefined ||
      reader === undefined ||
      shown === undefined
    )
      return route;
    const own = new Set(route.body.names);
    const names = shown.names.filter((name) => !own.has(name));
    const answer = async (input: RouteInput) => {
      const body = input.body as Fields;
      const repeated = pick(body, (name) => !own.has(name));
      if (Object.keys(repeated).length > 0) {
        const { body: current } = await reader.answer(input);
        requireUnchanged(repeated, current as Fields, own);
      }
      return route.answer({ ...input, body: pick(body, (name) => own.has(name)) });
    };
    return { ...route, body: withFieldsOf(route.body, shown, names), answer };
  });
