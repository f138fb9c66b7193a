// Checks the boundaries in .dependency-cruiser.cjs and says how many modules it has seen. A dependency-cruiser that does
// not know this TypeScript sees none and reports success, so the count is part of the check.
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { cruise } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const options = await extractDepcruiseOptions(resolve('.dependency-cruiser.cjs'));
const { output } = await cruise(['src'], options, undefined, { tsConfig: extractTSConfig('tsconfig.json') });

const seen = output.modules.filter(({ source }) => source.startsWith('src/')).length;
const written = (await readdir('src', { recursive: true })).filter((name) => name.endsWith('.ts')).length;

for (const { rule, from, to } of output.summary.violations) console.error(`${rule.name}: ${from} → ${to}`);
console.log(`${seen} of ${written} modules seen, ${output.summary.violations.length} violations`);
process.exitCode = output.summary.violations.length === 0 && seen > 0 && seen === written ? 0 : 1;
