import { MAX_STORED_ERRORS } from '#src/contexts/catalog/domain/import.js';
import { groupBy, type Invariant } from './invariant.js';
import type { ShopSnapshot } from './snapshot.js';

type Found = ShopSnapshot['imports'][number];

const appliedOf = ({ created, updated, unchanged }: Found): number => created + updated + unchanged;

/** Whether so many rows may wait: all that are neither applied nor refused, unless the import was stopped. */
const mayWait = (found: Found, waiting: number): boolean => {
  const left = found.rows - appliedOf(found) - found.refused;
  switch (found.status) {
    case 'receiving':
      return waiting === left && appliedOf(found) === 0;
    case 'running':
      return waiting === left;
    case 'finished':
      return waiting === 0 && left === 0;
    case 'cancelled': // its rows are removed later
      return waiting <= left;
    case 'failed':
      return waiting <= left && appliedOf(found) === 0;
  }
};

/** The events of an import's batches, as text: one for each version in which it ran. */
const batchesOf = ({ status, version }: Found): string => {
  const last = status === 'running' ? version : version - 1;
  return Array.from({ length: Math.max(0, last - 1) }, (_, at) =>
    at === 0 ? 'import.started 2' : `import.continued ${String(at + 2)}`,
  ).join(', ');
};

const storyOf = (events: ShopSnapshot['events'] = []): string =>
  events
    .toSorted((a, b) => a.version - b.version)
    .map(({ type, version }) => `${type} ${String(version)}`)
    .join(', ');

/** What always holds of imports of products. */
export const importInvariants = {
  'each row of an import is applied, refused or waiting, and only one of them': ({
    imports,
    importChunks,
  }) => {
    const chunksOf = groupBy(importChunks, ({ importId }) => importId);
    return imports.flatMap((found) => {
      const waiting = (chunksOf.get(found.id) ?? []).reduce((sum, { rows }) => sum + rows, 0);
      if (mayWait(found, waiting)) return [];
      const { id, status, rows, refused } = found;
      const counts = [`${String(appliedOf(found))} applied`, `${String(refused)} refused`];
      return [
        `import ${id} is ${status}: of ${String(rows)} rows ${counts.join(', ')}, ${String(waiting)} waiting`,
      ];
    });
  },

  'each row that an import has refused is listed once': ({ imports, importErrors }) => {
    const linesOf = groupBy(importErrors, ({ importId }) => importId);
    return imports.flatMap(({ id, refused }) => {
      const listed = (linesOf.get(id) ?? []).map(({ line }) => line);
      return listed.length === Math.min(refused, MAX_STORED_ERRORS) && new Set(listed).size === listed.length
        ? []
        : [`import ${id}: ${String(refused)} refused, listed are the lines ${listed.join(', ')}`];
    });
  },

  'an import has ended unless an event continues it, or it is still received': ({
    imports,
    events,
    deliveries,
  }) => {
    const waiting = new Set(
      deliveries.filter(({ state }) => state === 'pending').map(({ eventId }) => eventId),
    );
    const continued = new Set(
      events
        .filter(({ id, dispatched }) => !dispatched || waiting.has(id))
        .map(({ aggregateId }) => aggregateId),
    );
    return imports
      .filter(({ id, status }) => status === 'running' && !continued.has(id))
      .map(({ id }) => `import ${id} runs, and nothing continues it`);
  },

  'an import has requested each of its batches once': ({ imports, events }) => {
    const stories = groupBy(
      events.filter(({ aggregate }) => aggregate === 'import'),
      ({ aggregateId }) => aggregateId,
    );
    const known = new Set(imports.map(({ id }) => id));
    return [
      ...imports
        .filter((found) => storyOf(stories.get(found.id)) !== batchesOf(found))
        .map(
          ({ id, status, version }) =>
            `import ${id}, ${status} in version ${String(version)}: ${storyOf(stories.get(id))}`,
        ),
      ...[...stories]
        .filter(([id]) => !known.has(id))
        .map(([id, story]) => `there is no import ${id}: ${storyOf(story)}`),
    ];
  },
} as const satisfies Readonly<Record<string, Invariant>>;
