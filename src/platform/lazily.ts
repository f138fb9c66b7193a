/** Returns an object whose members are made when they are first asked for. */
export const lazily = <Members extends object>(makers: {
  readonly [Name in keyof Members]: () => Members[Name];
}): Members => {
  const members = {} as Members;
  for (const name of Object.keys(makers) as (keyof Members)[])
    Object.defineProperty(members, name, {
      configurable: true,
      enumerable: true,
      get: () => {
        const value = makers[name]();
        Object.defineProperty(members, name, { value, enumerable: true });
        return value;
      },
    });
  return members;
};
