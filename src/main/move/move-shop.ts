import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseDatabaseUrl } from '#src/platform/database/database-url.js';
import { createLogger } from '#src/platform/logger.js';
import { storePrivately } from '#src/platform/private-files.js';
import type { Config } from '../config/index.js';
import { CONTEXT_NAMES } from '../contexts.js';
import { openFolder } from '../open-persistence.js';
import { BACKEND_NAMES, contextsOf } from '../services.js';
import { keyFilesIn } from '../signing-keys.js';
import { copyPair, type Pair } from '../persistence/moves/copy.js';
import { drain } from './drain.js';
import { readMark, removeMark, replaceMark, writeMark, type Mark } from '../persistence/moves/marks.js';
import {
  at,
  closeSource,
  openPlace,
  requireFillable,
  requireReadable,
  type OpenPlace,
  type Place,
} from '../persistence/moves/places.js';
import { requireKnownEvents } from '../persistence/moves/unfinished.js';

const wholeShop = ({ database }: Config): Place => ({
  service: null,
  url: database.url,
  contexts: CONTEXT_NAMES,
});

const servicesOf = ({ serviceDatabases }: Config): readonly Place[] =>
  BACKEND_NAMES.map((service) => ({
    service,
    url: serviceDatabases[service],
    contexts: contextsOf(service),
  }));

const folderOf = ({ url }: Place): string | null => {
  const location = parseDatabaseUrl(url);
  return location.kind === 'sqlite' ? dirname(location.file) : null;
};

/** Copies the signing keys that are stored next to an embedded database. Access tokens stay valid, and so do hashes of networks. */
const copyKeyFiles = (from: Place, to: Place): void => {
  const [source, target] = [folderOf(from), folderOf(to)];
  if (source === null || target === null) return;
  for (const file of keyFilesIn(source)) {
    const copy = join(target, basename(file));
    const pem = readFileSync(file, 'utf8');
    if (!existsSync(copy)) storePrivately(copy, pem);
    else if (readFileSync(copy, 'utf8') !== pem)
      throw new Error(
        `${copy} is another key than ${file}: remove it, or set JWT_PRIVATE_KEY to the shop's keys`,
      );
  }
};

const requireDistinct = (places: readonly Place[]): void => {
  const urls = places.map(({ url }) => url);
  if (urls.includes('memory:')) throw new Error('a shop in memory has nothing to move');
  if (new Set(urls).size < urls.length)
    throw new Error('each service, and the shop, needs a database of its own');
};

interface Moving {
  readonly config: Config;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly sources: readonly Place[];
  readonly targets: readonly Place[];
}

/** Where the accounts are: with the keys that sign their tokens. */
const withAccounts = <P extends Place>(places: readonly P[]): P => {
  const found = places.find(({ contexts }) => contexts.includes('accounts'));
  if (found === undefined) throw new Error('no database has the accounts');
  return found;
};

/** Takes all sources out of service under one mark; those that an earlier run has marked stay so. */
const closeAll = async (
  sources: readonly Place[],
  currency: string,
  fresh: string,
): Promise<readonly Mark[]> => {
  const marks: Mark[] = [];
  for (const source of sources)
    marks.push(
      await closeSource(source, currency, marks[0]?.move ?? fresh).catch(async (error: unknown) => {
        await reopenAll(sources.slice(0, marks.length), currency, fresh);
        throw error;
      }),
    );
  return marks;
};

/** Takes back the marks of this run. */
const reopenAll = async (sources: readonly Place[], currency: string, fresh: string): Promise<void> => {
  for (const source of sources) {
    const { sequelize } = openPlace(source, currency);
    await removeMark(sequelize, { state: 'leaving', move: fresh });
    await sequelize.close();
  }
};

const pairsOf = (sources: readonly OpenPlace[], targets: readonly OpenPlace[]): readonly Pair[] =>
  BACKEND_NAMES.flatMap((service) => {
    const of = (places: readonly OpenPlace[]) =>
      places.find((place) => place.service === service || place.service === null);
    const [from, to] = [of(sources), of(targets)];
    return from === undefined || to === undefined ? [] : [{ service, from, to }];
  });

const requireSameMove = (marks: readonly Mark[]): string => {
  const [first] = marks;
  if (first === undefined || marks.some(({ move }) => move !== first.move))
    throw new Error('the databases take part in different moves: see "services reopen"');
  return first.move;
};

/** Returns the databases that a move has marked so. */
const markedBy = async (move: string, state: Mark['state'], places: readonly OpenPlace[]) => {
  const marks = await Promise.all(places.map(({ sequelize }) => readMark(sequelize)));
  return places.filter((_place, index) => marks[index]?.move === move && marks[index].state === state);
};

/** Copies everything, and hands the shop over: first no source can be served any more, then every target can. */
const fill = async (move: string, from: readonly OpenPlace[], to: readonly OpenPlace[]): Promise<number> => {
  // An earlier run was interrupted between the last marks.
  const filled = await markedBy(move, 'arrived', to);
  const unfilled = to.filter((place) => !filled.includes(place));
  for (const { sequelize } of unfilled) await writeMark(sequelize, { state: 'arriving', move });
  let rows = 0;
  for (const pair of pairsOf(from, unfilled)) rows += await at(pair.to, () => copyPair(pair));
  for (const { sequelize } of from) {
    const mark = await readMark(sequelize);
    if (mark?.state === 'left' && mark.move === move) continue; // since an earlier run, which ended before its last mark
    if (!(await replaceMark(sequelize, { state: 'leaving', move }, { state: 'left', move })))
      throw new Error('a database was reopened while its data was moved: begin anew, with empty ones');
  }
  for (const { sequelize } of unfilled) await writeMark(sequelize, { state: 'arrived', move });
  return rows;
};

const move = async ({ config, variables, sources, targets }: Moving): Promise<number> => {
  requireDistinct([...sources, ...targets]);
  const currency = config.currency.code;
  const logger = createLogger(config.logLevel);
  const fresh = randomUUID();
  const marks = await closeAll(sources, currency, fresh);
  const opened: OpenPlace[] = [];
  const open = (place: Place): OpenPlace => {
    const location = parseDatabaseUrl(place.url);
    if (location.kind === 'sqlite') openFolder(location.file, logger);
    const made = openPlace(place, currency);
    opened.push(made);
    return made;
  };
  let isBegun = false;
  try {
    const [from, to] = [sources.map(open), targets.map(open)];
    const id = requireSameMove(marks);
    for (const place of from) await requireReadable(place);
    for (const place of to) await requireFillable(place, id);
    const isOver = marks.some(({ state }) => state === 'left');
    if (isOver && (await markedBy(id, 'arriving', to)).length === 0)
      throw new Error('the data was moved already; to move it anew, see "services reopen"');
    if (from.length > 1) await drain(from, variables);
    for (const place of from) await at(place, () => requireKnownEvents(place));
    copyKeyFiles(withAccounts(from), withAccounts(to));
    isBegun = true;
    return await fill(id, from, to);
  } catch (error) {
    if (!isBegun) await reopenAll(sources, currency, fresh);
    throw error;
  } finally {
    await Promise.all(opened.map(({ sequelize }) => sequelize.close()));
  }
};

/** Moves the data of a shop in one process to the databases of its services. Returns the number of rows. */
export const splitShop = (config: Config, variables: Moving['variables']): Promise<number> =>
  move({ config, variables, sources: [wholeShop(config)], targets: servicesOf(config) });

/** Moves the data of a shop of services to the database of one process. Returns the number of rows. */
export const mergeServices = (config: Config, variables: Moving['variables']): Promise<number> =>
  move({ config, variables, sources: servicesOf(config), targets: [wholeShop(config)] });

/** Lets a database be served again whose data is, or was, moved to others. Returns whether they have it. */
export const reopen = (config: Config): Promise<boolean> => {
  const place: Place = { service: null, url: config.database.url, contexts: config.contexts };
  return at(place, async () => {
    const { sequelize } = openPlace(place, config.currency.code);
    try {
      const mark = await readMark(sequelize);
      if (mark === null || mark.state === 'arrived') throw new Error('no move has taken it out of service');
      if (mark.state === 'arriving') throw new Error('it is an incomplete copy, which cannot be served');
      await removeMark(sequelize, mark);
      return mark.state === 'left';
    } finally {
      await sequelize.close();
    }
  });
};
