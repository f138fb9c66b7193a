import { string, type Presence, type Schema } from '#src/platform/schema/schema.js';

interface Documentation {
  /** What would be right, in words that follow "must be". */
  readonly right: string;
  readonly purpose: string;
  /** Where the default can't be told by a value. */
  readonly unset?: string;
}

/** A variable of the environment: the schema of its value, and what is said of it. */
export type Variable<T = unknown, P extends Presence = Presence> = Schema<T, P> & Documentation;

export const variable = <T, P extends Presence>(
  schema: Schema<T, P>,
  documentation: Documentation,
): Variable<T, P> => ({ ...schema, ...documentation });

/** A text that `parse` reads, which throws what it can't read. What would be right is said by the variable. */
export const parsed = <T>(parse: (text: string) => T): Schema<T, 'required'> =>
  string().convert<T>(parse, 'must be readable');

/** Takes what is wrong with a variable, in words that follow its name. */
export type Complain<Name extends string> = (name: Name, problem: string) => void;

/** Returns what is wrong with a value that can't be parsed, in words that never repeat it; null when it can. */
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
