// Adds one to the first mark, as often as it is told, each time in a transaction that reads, decides and writes. A process of
// its own, so that several can compete: increment-process.ts <url> <times> [aloud]
import { writeSync } from 'node:fs';
import { QueryTypes } from 'sequelize';
import { connect } from '#src/platform/database/connect.js';
import { sqlTransact } from '#src/platform/database/transact.js';

const [url = '', times = '0', aloud] = process.argv.slice(2);
const sequelize = connect({ url, currency: 'USD', lockTimeoutMs: 20_000 });
const { transact } = sqlTransact(sequelize, { withinMs: 30_000 });

for (let i = 0; i < Number(times); i += 1) {
  await transact(async (scope) => {
    const transaction = scope.transaction ?? null;
    const [row] = await sequelize.query<{ text: string }>('SELECT text FROM marks WHERE id = 1', {
      type: QueryTypes.SELECT,
      transaction,
    });
    const next = String(Number(row?.text) + 1);
    await sequelize.query('UPDATE marks SET text = :next WHERE id = 1', {
      replacements: { next },
      transaction,
    });
  });
  if (aloud !== undefined) writeSync(1, '.');
}
await sequelize.close();
