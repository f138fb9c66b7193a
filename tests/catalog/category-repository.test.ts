import { forEachPersistence } from '../support/persistences.js';
import { categoryRepositoryContract } from './category-repository.contract.js';

forEachPersistence(categoryRepositoryContract);
