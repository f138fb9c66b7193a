import { forEachPersistence } from '../support/persistences.js';
import { cartRepositoryContract } from './cart-repository.contract.js';

forEachPersistence(cartRepositoryContract);
