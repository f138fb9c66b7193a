import type { UserId } from '#src/kernel/ids.js';
import { pagesFrom, type Page, type Position } from '#src/kernel/page.js';
import type { Transact } from '#src/kernel/transact.js';
import type { Calls, PersonalDataModule } from '#src/platform/context-module.js';
import type { ExportedList, ExportedMember } from '#src/platform/personal-data.js';
import { anyObject, array, object, uuid } from '#src/platform/schema/schema.js';
import type { Route } from '../routes/route.js';
import { operationRoute, type Operation } from './operation.js';

// The parts of an export that are in another process than the export. What that process has rendered is passed on as it is.

interface OnePerson {
  readonly id: UserId;
}

interface OnePage extends OnePerson {
  readonly after: Position | null;
}

const isPosition = (value: object): value is Position => {
  const { key, id } = value as Readonly<Record<string, unknown>>;
  return (typeof key === 'string' || Number.isSafeInteger(key)) && typeof id === 'string';
};

const position = () =>
  anyObject()
    .convert((value) => (isPosition(value) ? value : null), 'must be a position')
    .nullable();

const operationName = (part: string): string => `export${part.charAt(0).toUpperCase()}${part.slice(1)}`;

type Member = Pick<ExportedMember<never>, 'name' | 'errors'>;
type List = Pick<ExportedList<never>, 'name'>;

const memberOperation = ({ name, errors = [] }: Member): Operation<OnePerson, { readonly data: object }> => {
  const operation = operationName(name);
  return {
    name: operation,
    summary: `Get the member ${name} of the export of a person`,
    request: object(`${operation}Request`, { id: uuid<UserId>() }),
    response: object(`${operation}Response`, { data: anyObject() }),
    errors,
  };
};

const pageOperation = ({ name }: List): Operation<OnePage, Page<object>> => {
  const operation = operationName(name);
  return {
    name: operation,
    summary: `Get a page of the list ${name} of the export of a person`,
    request: object(`${operation}Request`, { id: uuid<UserId>(), after: position() }),
    response: object(`${operation}Response`, { items: array(anyObject()), next: position() }),
  };
};

/** A context, of which `Ports` and `Queries` are those that its personal data is read with. */
interface Context<Ports, Queries> {
  readonly transact: Transact<Ports>;
  readonly queries: Queries;
}

/** Returns the operations by which a process exports what a context has of a person. */
export const exportRoutes = (
  { member, list }: PersonalDataModule,
  { transact, queries }: Context<never, never>,
): readonly Route[] => {
  const page = list?.page?.(queries);
  return [
    ...(member === undefined
      ? []
      : [
          operationRoute(memberOperation(member), async ({ id }) => ({
            data: await transact((ports) => member.export(ports)(id)),
          })),
        ]),
    ...(list === undefined || page === undefined
      ? []
      : [operationRoute(pageOperation(list), ({ id, after }) => page(id, after))]),
  ];
};

/** Returns the member of a process that holds its context. Fails with the member's errors. */
export const exportMember = async (service: Calls, member: Member, id: UserId): Promise<object> =>
  (await service.call(memberOperation(member), { id })).data;

/** Returns the list of a process that holds its context, page by page. */
export const exportPages =
  (service: Calls, list: List) =>
  (id: UserId): AsyncIterable<readonly object[]> => {
    const operation = pageOperation(list);
    return pagesFrom((after) => service.call(operation, { id, after }));
  };
