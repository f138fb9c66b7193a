import { forEachPersistence } from '../support/persistences.js';
import { knownPlaceRepositoryContract } from './known-place-repository.contract.js';

forEachPersistence(knownPlaceRepositoryContract);
