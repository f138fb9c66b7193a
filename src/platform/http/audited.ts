import type { Deed, Origin, WithAudit } from '../../kernel/audit.js';
import type { Transact } from '../../kernel/transact.js';

/**
 * Transactions that know where the request came from, and that tell the audit log of what was done in the end: with it, or
 * not at all. What is not done anew, since the answer to it was kept, throws before and is not told again.
 */
export const audited =
  <Ports extends WithAudit>(
    transact: Transact<Ports>,
    origin: Origin,
    deed: (result: unknown) => Deed | null,
  ): Transact<Ports> =>
  (work) =>
    transact(async (ports) => {
      const audit = ports.audit.from(origin);
      const result = await work({ ...ports, audit });
      // A command returns what its transaction returned.
      const done = deed(result);
      if (done !== null) await audit.record(done);
      return result;
    });
