import { chooseAddress, type CustomersPorts } from '#src/contexts/customers/public.js';
import type { Addresses } from '../../application/ports.js';

/** The customer's address book; what an order copies of it knows neither its id nor that it was the default. */
export const customerAddresses = (ports: Pick<CustomersPorts, 'customers'>): Addresses => ({
  choose: async (customer, id) => {
    const chosen = await chooseAddress(ports)(customer, id);
    if (chosen === null) return null;
    const { id: _id, isDefault: _isDefault, ...address } = chosen;
    return address;
  },
});
