import { STATUS_CODES } from 'node:http';
import type { Json, Operation, Paths } from './document.js';

export interface SharedResponses {
  readonly paths: Paths;
  /** For `components/responses`, by names such as `Unauthorized`. */
  readonly responses: Readonly<Record<string, Json>>;
}

const nameOf = (status: string): string => (STATUS_CODES[status] ?? status).replaceAll(/\W/g, '');

const operationsOf = (paths: Paths): readonly Operation[] =>
  Object.values(paths).flatMap((path) => Object.values(path));

/** Returns whether a response says nothing of the resource of its operation. */
export type IsGeneric = (response: Json) => boolean;

/** Returns, for each status, the generic response of most operations, if more than one operation has it. */
const commonResponses = (paths: Paths, isGeneric: IsGeneric): ReadonlyMap<string, string> => {
  const counts = new Map<string, Map<string, number>>();
  for (const { responses } of operationsOf(paths)) {
    for (const [status, response] of Object.entries(responses)) {
      if (!isGeneric(response)) continue;
      const text = JSON.stringify(response);
      const ofStatus = counts.get(status) ?? new Map<string, number>();
      counts.set(status, ofStatus.set(text, (ofStatus.get(text) ?? 0) + 1));
    }
  }
  const common = new Map<string, string>();
  for (const [status, ofStatus] of counts) {
    const [most] = [...ofStatus].sort(([, a], [, b]) => b - a);
    if (most !== undefined && most[1] > 1) common.set(status, most[0]);
  }
  return common;
};

/** Moves responses that most operations share, above all problems, to the components, and refers to them. */
export const shareResponses = (paths: Paths, isGeneric: IsGeneric): SharedResponses => {
  const common = commonResponses(paths, isGeneric);
  const share = (operation: Operation): Operation => ({
    ...operation,
    responses: Object.fromEntries(
      Object.entries(operation.responses).map(([status, response]) => [
        status,
        common.get(status) === JSON.stringify(response)
          ? { $ref: `#/components/responses/${nameOf(status)}` }
          : response,
      ]),
    ),
  });
  const mapValues = <A, B>(object: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> =>
    Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
  return {
    paths: mapValues(paths, (path) => mapValues(path, share)),
    responses: Object.fromEntries(
      [...common].map(([status, text]) => [nameOf(status), JSON.parse(text) as Json]),
    ),
  };
};
