import { forEachPersistence } from '../support/persistences.js';
import { importRepositoryContract } from './import-repository.contract.js';

forEachPersistence(importRepositoryContract);
