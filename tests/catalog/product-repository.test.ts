import { forEachPersistence } from '../support/persistences.js';
import { productRepositoryContract } from './product-repository.contract.js';

forEachPersistence(productRepositoryContract);
