export type { components, operations, paths } from './api.js';
export type { Send } from './calls.js';
export {
  createClient,
  type ClientOptions,
  type ItemOf,
  type ListPath,
  type PorticoClient,
} from './client.js';
export {
  isApiError,
  ApiError,
  unwrap,
  type Problem,
  type ProblemCode,
  type ProblemOf,
  type CodedApiError,
} from './problems.js';
export type { RetryOptions } from './retries.js';
export { memoryTokens, webStorageTokens, type Tokens, type TokenStore, type WebStorage } from './tokens.js';
