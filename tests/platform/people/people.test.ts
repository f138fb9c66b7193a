import { forEachPersistence } from '../../support/persistences.js';
import { peopleContract } from './people.contract.js';

forEachPersistence(peopleContract);
