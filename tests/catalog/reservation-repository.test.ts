import { forEachPersistence } from '../support/persistences.js';
import { reservationRepositoryContract } from './reservation-repository.contract.js';

forEachPersistence(reservationRepositoryContract);
