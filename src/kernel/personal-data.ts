import type { Brand } from './brand.js';
import type { UserId } from './ids.js';

/** Id of an erasure, which is an aggregate of its own: its events do not wait for those of the person. */
export type ErasureId = Brand<string, 'ErasureId'>;

/** The erasure of a person (GDPR, article 17). Each context carries out its part in one transaction. */
export interface Erasure {
  readonly id: ErasureId;
  readonly person: UserId;
  /**
   * The version of the person's profile that the erasure is based on; null where another process erases account or profile: then it
   * is the profile as it is, if there is one.
   */
  readonly profileVersion: number | null;
}
