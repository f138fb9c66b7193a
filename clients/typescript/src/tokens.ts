/** The tokens of a log-in, and whose they are. */
export interface Tokens {
  readonly userId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Where a client keeps its tokens. Each refresh replaces them; null means that no user is logged in. */
export interface TokenStore {
  get(): Tokens | null | Promise<Tokens | null>;
  set(tokens: Tokens | null): void | Promise<void>;
}

/** Returns a store whose tokens are gone when the program ends or the page is loaded again. */
export const memoryTokens = (): TokenStore => {
  let stored: Tokens | null = null;
  return {
    get: () => stored,
    set: (tokens) => {
      stored = tokens;
    },
  };
};

/** `localStorage`, `sessionStorage`, or what behaves like them. */
export interface WebStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const isTokens = (value: unknown): value is Tokens =>
  typeof value === 'object' &&
  value !== null &&
  ['userId', 'accessToken', 'refreshToken'].every((name) => typeof Reflect.get(value, name) === 'string');

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** Returns a store in a storage of the browser, where every script of the page's origin can read it. */
export const webStorageTokens = (storage: WebStorage, key = 'portico'): TokenStore => ({
  get: () => {
    const stored = parsed(storage.getItem(key) ?? 'null');
    return isTokens(stored) ? stored : null;
  },
  set: (tokens) => {
    if (tokens === null) storage.removeItem(key);
    else storage.setItem(key, JSON.stringify(tokens));
  },
});
