import { forEachPersistence } from '../../support/persistences.js';
import { repliesContract } from './replies.contract.js';

forEachPersistence(repliesContract);
