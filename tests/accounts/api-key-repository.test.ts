import { forEachPersistence } from '../support/persistences.js';
import { apiKeyRepositoryContract } from './api-key-repository.contract.js';

forEachPersistence(apiKeyRepositoryContract);
