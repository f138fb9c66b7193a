import { forEachPersistence } from '../support/persistences.js';
import { stockRepositoryContract } from './stock-repository.contract.js';

forEachPersistence(stockRepositoryContract);
