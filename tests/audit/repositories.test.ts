import { forEachPersistence } from '../support/persistences.js';
import { entryRepositoryContract } from './entry-repository.contract.js';
import { saltRepositoryContract } from './salt-repository.contract.js';

forEachPersistence(entryRepositoryContract);
forEachPersistence(saltRepositoryContract);
