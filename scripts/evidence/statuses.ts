// Writes docs/evidence/statuses.md from the responses that a run of tests has recorded in a folder.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import type { RecordedResponse } from '../../tests/support/recorded-responses.js';
import { statusesPage, type DeclaringDocument } from './statuses-page.js';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('which folder? npm run evidence:statuses -- FOLDER');

const root = join(import.meta.dirname, '..', '..');
const recorded = readdirSync(folder)
  .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as RecordedResponse); // written by recorded-responses.ts
const openApi = JSON.parse(readFileSync(join(root, 'docs', 'openapi.json'), 'utf8')) as DeclaringDocument;

const page = await format(statusesPage(openApi, recorded, new Date()), {
  parser: 'markdown',
  printWidth: 110,
});
writeFileSync(join(root, 'docs', 'evidence', 'statuses.md'), page);
