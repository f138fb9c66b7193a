/** Variables and their values. */
export type Values = Readonly<Record<string, string>>;

const REFERENCE = /(?<!\$)\$\{(?<name>\w+)(?:(?<kind>:[-?])(?<rest>[^}]*))?\}/g;

/** A variable in a Compose file. */
export interface Reference {
  readonly name: string;
  readonly kind?: ':-' | ':?';
  readonly rest?: string;
}

export const referencesIn = (text: string): readonly Reference[] =>
  // The groups of the expression have the names and the values of these members, which its type does not say.
  [...text.matchAll(REFERENCE)].map(({ groups }) => groups as unknown as Reference);

/** What Compose makes of `${NAME:-default}` and `${NAME:?complaint}`; an empty value counts as none. */
export const interpolated = (environment: Values, values: Values): Values =>
  Object.fromEntries(
    Object.entries(environment).map(([key, value]) => [
      key,
      value.replace(REFERENCE, (_all, name: string, kind: string | undefined, rest = '') => {
        const given = values[name] ?? '';
        if (given === '' && kind === ':?') throw new Error(`${name} is not set: ${String(rest)}`);
        return given === '' ? String(rest) : given;
      }),
    ]),
  );
