import { forEachPersistence } from '../support/persistences.js';
import { endpointRepositoryContract } from './endpoint-repository.contract.js';

forEachPersistence(endpointRepositoryContract);
