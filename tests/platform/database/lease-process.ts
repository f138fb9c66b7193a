// Holds the lease `test` for a while and says so when it has it: lease-process.ts <url> <ms> <duration of the lease>
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '#src/platform/database/connect.js';
import { withLease } from '#src/platform/database/lease.js';

const [url = '', holdMs, durationMs] = process.argv.slice(2);
const sequelize = connect({ url, currency: 'USD' });
await withLease(
  sequelize,
  'test',
  async () => {
    process.stdout.write('held\n');
    await sleep(Number(holdMs));
  },
  { durationMs: Number(durationMs) },
);
await sequelize.close();
