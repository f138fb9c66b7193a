import { forEachPersistence } from '../support/persistences.js';
import { userRepositoryContract } from './user-repository.contract.js';

forEachPersistence(userRepositoryContract);
