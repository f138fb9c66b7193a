import { forEachPersistence } from '../../support/persistences.js';
import { outboxRepositoryContract } from './outbox-repository.contract.js';

forEachPersistence(outboxRepositoryContract);
