import { forEachPersistence } from '../support/persistences.js';
import { customerRepositoryContract } from './customer-repository.contract.js';

forEachPersistence((name, open) => {
  customerRepositoryContract(name, open);
});
