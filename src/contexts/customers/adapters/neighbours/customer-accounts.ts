import {
  closeAccount,
  openAccount,
  renameAccount,
  type AccountsPorts,
} from '#src/contexts/accounts/public.js';
import type { Accounts } from '../../application/ports.js';

export const customerAccounts = (ports: AccountsPorts): Accounts => ({
  open: async (account) => {
    await openAccount(ports)({ ...account, passwordHash: null });
  },
  rename: (id, name) => renameAccount(ports)(id, name),
  close: (id) => closeAccount(ports)(id),
});
