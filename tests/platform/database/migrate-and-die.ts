// Migrates a database and is killed as soon as a table has been made: migrate-and-die.ts <url> <table>
import { connect } from '#src/platform/database/connect.js';
import { migrate } from '#src/platform/database/migrate.js';
import { interruptAfter } from './interrupt.js';

const [url = '', table = ''] = process.argv.slice(2);
const sequelize = connect({ url, currency: 'USD' });
interruptAfter(sequelize, (sql) => {
  if (sql.startsWith('CREATE TABLE') && sql.includes(table)) process.kill(process.pid, 'SIGKILL');
  return false;
});
await migrate(sequelize, { durationMs: 3_000 });
