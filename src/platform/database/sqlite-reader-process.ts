import Libsql from 'libsql';
import type { Order, Word } from './sqlite-reader.js';

// A process of `sqlite-reader.ts`: does one statement at a time and answers its rows.

let database: Libsql.Database | undefined;

const open = (file: string): Libsql.Database => {
  const opened = new Libsql(file, { timeout: 0 });
  opened.exec('PRAGMA query_only = ON');
  return opened;
};

const read = ({ file, sql }: Order): Word => {
  try {
    database ??= open(file);
    return { rows: database.prepare(sql).all() };
  } catch (error) {
    // A statement that has failed may be left in the middle of things: the next one begins anew.
    database?.close();
    database = undefined;
    const { code = 'SQLITE_ERROR', message } = error as Error & { code?: string };
    return { error: { code, message } };
  }
};

process.on('message', (order: Order) => {
  process.send?.(read(order));
});
// Its parent drains before it ends, and this process ends with it, however that may be.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit());
process.send?.({ ready: true } satisfies Word);
