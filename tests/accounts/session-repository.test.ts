import { forEachPersistence } from '../support/persistences.js';
import { sessionRepositoryContract } from './session-repository.contract.js';

forEachPersistence(sessionRepositoryContract);
