import { forEachPersistence } from '../support/persistences.js';
import { placementRepositoryContract } from './placement-repository.contract.js';

forEachPersistence(placementRepositoryContract);
