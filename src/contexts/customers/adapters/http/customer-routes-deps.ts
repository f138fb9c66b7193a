import type { NewId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import type { CommandPorts } from '#src/platform/http/pipeline/run-command.js';
import type { CustomersPorts, CustomersReaders } from '../../application/ports.js';

export interface CustomerRoutesDeps extends CustomersReaders {
  readonly transact: Transact<CustomersPorts & CommandPorts>;
  readonly newId: NewId;
}
