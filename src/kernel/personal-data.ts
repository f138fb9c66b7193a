import type { Brand } from './brand.js';
import type { UserId } from './ids.js';

/** An erasure is an aggregate of its own, so that its events wait for none of the person's. */
export type ErasureId = Brand<string, 'ErasureId'>;

/** The erasure of a person (GDPR, article 17), of which each context carries out its part in one transaction. */
export interface Erasure {
  readonly id: ErasureId;
  readonly person: UserId;
  /** The version of the person's profile that the erasure was decided on. */
  readonly profileVersion: number;
}
