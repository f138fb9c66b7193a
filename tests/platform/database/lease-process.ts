// Holds the lease `test` until standard input ends, and says so when it has it: lease-process.ts <url> <duration of the lease>
import { once } from 'node:events';
import { connect } from '#src/platform/database/connect.js';
import { withLease } from '#src/platform/database/lease.js';

const [url = '', durationMs] = process.argv.slice(2);
const sequelize = connect({ url, currency: 'USD' });
await withLease(
  sequelize,
  'test',
  async () => {
    process.stdout.write('held\n');
    await once(process.stdin.resume(), 'end');
  },
  { durationMs: Number(durationMs) },
);
await sequelize.close();
