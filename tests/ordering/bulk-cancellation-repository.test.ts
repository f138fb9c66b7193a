import { forEachPersistence } from '../support/persistences.js';
import { bulkCancellationRepositoryContract } from './bulk-cancellation-repository.contract.js';

forEachPersistence(bulkCancellationRepositoryContract);
