import { forEachPersistence } from '../support/persistences.js';
import { mailTokenRepositoryContract } from './mail-token-repository.contract.js';

forEachPersistence(mailTokenRepositoryContract);
