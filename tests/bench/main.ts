// `npm run bench`: the comparison, or with the name of another file in this folder that one: `npm run bench -- searches MariaDB`.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runComparison } from './compare.js';

const [name, ...rest] = process.argv.slice(2);
if (name === undefined || name.startsWith('-')) await runComparison(process.argv.slice(2));
else {
  const file = join(import.meta.dirname, `${name}.ts`);
  if (!existsSync(file)) throw new Error(`there is no bench called ${name}`);
  process.argv.splice(2, process.argv.length, ...rest);
  await import(file);
}
