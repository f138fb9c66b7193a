import { forEachPersistence } from '../../support/persistences.js';
import { idempotencyStoreContract } from './idempotency-store.contract.js';

forEachPersistence(idempotencyStoreContract);
