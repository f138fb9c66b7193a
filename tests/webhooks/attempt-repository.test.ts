import { forEachPersistence } from '../support/persistences.js';
import { attemptRepositoryContract } from './attempt-repository.contract.js';

forEachPersistence(attemptRepositoryContract);
