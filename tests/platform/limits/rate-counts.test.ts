import { forEachPersistence } from '../../support/persistences.js';
import { rateCountsContract } from './rate-counts.contract.js';

forEachPersistence(rateCountsContract);
