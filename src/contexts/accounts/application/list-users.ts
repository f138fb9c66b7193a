import type { Page, PageRequest } from '#src/kernel/page.js';
import type { User } from '../domain/user.js';
import type { UserFilter, UserReader } from './ports.js';

export const listUsers =
  ({ users }: { users: UserReader }) =>
  (filter: UserFilter, page: PageRequest): Promise<Page<User>> =>
    users.list(filter, page);
