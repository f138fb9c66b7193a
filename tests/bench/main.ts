// `npm run bench`: the comparison; with --size what growth costs; with the name of another file in this folder that one.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runComparison } from './compare.js';
import { runGrowth } from './growth.js';

const args = process.argv.slice(2);
const [name, ...rest] = args;
if (name !== undefined && !name.startsWith('-')) {
  const file = join(import.meta.dirname, `${name}.ts`);
  if (!existsSync(file)) throw new Error(`there is no bench called ${name}`);
  process.argv.splice(2, process.argv.length, ...rest);
  await import(file);
} else if (args.some((arg) => arg.startsWith('--size'))) await runGrowth(args);
else await runComparison(args);
