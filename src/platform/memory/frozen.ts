/** Object.freeze does not protect a Date's time, so stored dates inherit setters that throw. */
const readonlyDatePrototype: object = Object.create(
  Date.prototype,
  Object.fromEntries(
    Object.getOwnPropertyNames(Date.prototype)
      .filter((name) => name.startsWith('set'))
      .map((name) => [
        name,
        {
          value: (): never => {
            throw new TypeError(`${name}: a stored date is read-only`);
          },
        },
      ]),
  ),
) as object;

const readonlyDate = (date: Date): Date =>
  Object.freeze(Object.setPrototypeOf(new Date(date), readonlyDatePrototype) as Date);

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** Copies that are shared from then on: an update copies only what it changes. */
const alreadyFrozen = new WeakSet();

/** Returns a deep, immutable copy. Throws if it is not plain data: a database could not store it either. */
export const frozenCopy = <T>(value: T): T => {
  const copy = (part: unknown): unknown => {
    if (typeof part === 'function' || typeof part === 'symbol')
      throw new TypeError(`a row holds a ${typeof part}`);
    if (typeof part !== 'object' || part === null || alreadyFrozen.has(part)) return part;
    const frozen = copyObject(part);
    alreadyFrozen.add(frozen);
    return frozen;
  };
  const copyObject = (part: object): object => {
    if (part instanceof Date) return readonlyDate(part);
    if (Array.isArray(part)) return Object.freeze(part.map(copy));
    if (!isPlain(part)) throw new TypeError(`a row holds a ${part.constructor.name}`);
    return Object.freeze(
      Object.fromEntries(Object.entries(part).map(([name, field]) => [name, copy(field)])),
    );
  };
  return copy(value) as T;
};
