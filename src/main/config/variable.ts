import { string, type Presence, type Schema } from '#src/platform/schema/schema.js';

interface Documentation {
  /** Description of valid values, which completes "must be". */
  readonly right: string;
  readonly purpose: string;
  /** Description of the default, if no value can express it. */
  readonly unset?: string;
}

/** An environment variable: the schema of its value, and its documentation. */
export type Variable<T = unknown, P extends Presence = Presence> = Schema<T, P> & Documentation;

export const variable = <T, P extends Presence>(
  schema: Schema<T, P>,
  documentation: Documentation,
): Variable<T, P> => ({ ...schema, ...documentation });

/** Makes the schema of a text that `parse` reads; `parse` throws if it can't. The variable describes valid values. */
export const parsed = <T>(parse: (text: string) => T): Schema<T, 'required'> =>
  string().convert<T>(parse, 'must be readable');

/** Receives the problem of a variable, in words that follow its name. */
export type Complain<Name extends string> = (name: Name, problem: string) => void;

/** Returns the problem of a value that can't be parsed, in words that never repeat the value; null if it can. */
export const faultOf = (parse: () => unknown): string | null => {
  try {
    parse();
    return null;
  } catch (error) {
    return `is wrong: ${error instanceof Error ? error.message : 'unreadable'}`;
  }
};

/** Seconds. */
export const DAY = 86_400;
