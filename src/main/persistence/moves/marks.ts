import type { Sequelize } from 'sequelize';
import {
  readSetting,
  removeSetting,
  replaceSetting,
  swapSetting,
} from '#src/platform/database/shop-settings.js';

/** The setting of a database whose data is moved to other databases, or from them. */
const SETTING = 'move';

/**
 * - `leaving`: the data is being copied to other databases.
 * - `left`: the other databases have the data now.
 * - `arriving`: the data is being copied into this database, and is not complete.
 * - `arrived`: it is complete, and served from here.
 */
type State = 'leaving' | 'left' | 'arriving' | 'arrived';

export interface Mark {
  readonly state: State;
  /** Identifies the move in all databases that take part in it. */
  readonly move: string;
}

const textOf = ({ state, move }: Mark): string => `${state} ${move}`;

export const readMark = async (sequelize: Sequelize): Promise<Mark | null> => {
  const [state, move] = (await readSetting(sequelize, SETTING))?.split(' ') ?? [];
  return state === undefined || move === undefined ? null : { state: state as State, move }; // from `textOf`
};

export const writeMark = async (sequelize: Sequelize, mark: Mark): Promise<void> => {
  await swapSetting(sequelize, SETTING, textOf(mark));
};

/** Changes a mark; returns false if the database has another one by now, or none. */
export const replaceMark = (sequelize: Sequelize, mark: Mark, by: Mark): Promise<boolean> =>
  replaceSetting(sequelize, SETTING, { is: textOf(mark), to: textOf(by) });

export const removeMark = (sequelize: Sequelize, mark: Mark): Promise<void> =>
  removeSetting(sequelize, SETTING, textOf(mark));

/**
 * Returns the statement that marks an SQLite database as `leaving`, unless it is marked as `leaving` or `left` already: then an earlier
 * move goes on.
 */
export const markLeaving = (move: string): string => {
  const value = textOf({ state: 'leaving', move });
  return `INSERT INTO shop_settings (name, value) VALUES ('${SETTING}', '${value}') ON CONFLICT (name) DO UPDATE
    SET value = CASE WHEN value LIKE 'lea%' OR value LIKE 'left%' THEN value ELSE excluded.value END`;
};

/** Throws if the database must not be served because its data is, or is about to be, in other databases. */
export const requireServable = async (sequelize: Sequelize): Promise<void> => {
  const mark = await readMark(sequelize);
  if (mark === null || mark.state === 'arrived') return;
  throw new Error(
    {
      leaving:
        'a move of this database to others has begun and not ended: run the command that began it again, or ' +
        '"npm run admin -- services reopen" to serve the shop from this database as before',
      left:
        'the data of this database was moved to others, which have what happened since. To serve the shop from here ' +
        'nevertheless, without what happened since: "npm run admin -- services reopen"',
      arriving:
        'this database is an incomplete copy: run the "npm run admin -- services" command that began to fill it again',
    }[mark.state],
  );
};
