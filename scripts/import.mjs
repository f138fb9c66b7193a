// `npm run import -- products.csv`: sends a file of products to a shop, and shows how far its import has come.
/* global fetch */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { URL } from 'node:url';

const TYPES = { '.csv': 'text/csv', '.ndjson': 'application/x-ndjson', '.jsonl': 'application/x-ndjson' };
const POLL_MS = 500;
const SHOWN_ERRORS = 20;
const WIDTH = 30;

const USAGE = `Usage: npm run import -- FILE.csv
FILE is CSV (.csv) or NDJSON (.ndjson, .jsonl): see docs/guides/import-products.md.
PORTICO_URL is the shop (http://localhost:3000 if it is not set), PORTICO_TOKEN an API key with the scope catalog:write,
or an access token; without it, PORTICO_EMAIL and PORTICO_PASSWORD log in.`;

/** Exit codes, as docs/guides/import-products.md has them. */
const [COMPLETE, NOTHING, PARTIAL, UNKNOWN] = [0, 1, 2, 3];

/** Ends with one line. */
class Failure extends Error {
  constructor(message, code = NOTHING) {
    super(message);
    this.code = code;
  }
}

const shop = new URL(process.env['PORTICO_URL'] ?? 'http://localhost:3000');

const call = async (path, { token, ...options } = {}) => {
  const response = await fetch(new URL(path, shop), {
    ...options,
    headers: { ...options.headers, ...(token && { Authorization: `Bearer ${token}` }) },
  }).catch((error) => {
    throw new Failure(`the shop at ${shop.href} cannot be reached: ${error.cause?.message ?? error.message}`);
  });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    const where = body.line === undefined ? '' : ` Line ${body.line}: ${body.reason}`;
    throw new Failure(`${response.status} ${body.code ?? ''}: ${body.detail ?? response.statusText}${where}`);
  }
  return body;
};

const logIn = async () => {
  const { PORTICO_TOKEN: token, PORTICO_EMAIL: email, PORTICO_PASSWORD: password } = process.env;
  if (token) return token;
  if (!email || !password) throw new Failure(`no PORTICO_TOKEN\n\n${USAGE}`);
  const body = await call('/auth/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  return body.accessToken;
};

/** A line that replaces itself on a terminal, and nothing elsewhere. */
const show = (what, part) => {
  if (!process.stderr.isTTY) return;
  const done = Math.round(part * WIDTH);
  const bar = '█'.repeat(done) + '░'.repeat(WIDTH - done);
  process.stderr.write(`\r\u001B[K${bar} ${String(Math.floor(part * 100)).padStart(3)} % ${what}`);
};
const endLine = () => {
  if (process.stderr.isTTY) process.stderr.write('\n');
};

const measured = async function* (file, size) {
  let sent = 0;
  for await (const chunk of createReadStream(file)) {
    yield chunk;
    sent += chunk.length;
    show('sent', size === 0 ? 1 : sent / size);
  }
};

const printErrors = async (id, refused, token) => {
  const { items } = await call(`/imports/${id}/errors?limit=${SHOWN_ERRORS}`, { token });
  for (const { line, sku, errors } of items)
    for (const { pointer, detail } of errors)
      console.error(
        `line ${line}${sku === null ? '' : ` (${sku})`}${pointer ? `, ${pointer.slice(1)}` : ''}: ${detail}`,
      );
  if (refused > items.length) console.error(`… and more: GET /imports/${id}/errors lists them`);
};

/** Shows the progress of an import until it has ended, and returns it. */
const follow = async (started, token) => {
  let found = started;
  const { id } = found;
  try {
    while (found.finishedAt === null) {
      show(`of ${found.rows} rows applied`, found.rows === 0 ? 0 : found.processed / found.rows);
      await sleep(POLL_MS);
      found = await call(`/imports/${id}`, { token });
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(`${error.message}; the import goes on: GET /imports/${id} shows it`, UNKNOWN);
  }
  show(`of ${found.rows} rows applied`, found.rows === 0 ? 1 : found.processed / found.rows);
  return found;
};

const run = async (file) => {
  const mediaType = TYPES[extname(file ?? '').toLowerCase()];
  if (file === undefined || mediaType === undefined) throw new Failure(USAGE);
  const { size } = await stat(file).catch(() => {
    throw new Failure(`there is no file ${file}`);
  });
  const token = await logIn();
  const started = await call('/products/import', {
    method: 'POST',
    token,
    headers: { 'Content-Type': mediaType },
    body: measured(file, size),
    duplex: 'half',
  });
  const { id } = started;
  process.once('SIGINT', () => {
    call(`/imports/${id}/cancel`, { method: 'POST', token }).catch((error) => console.error(error.message));
  });
  const { status, created, updated, unchanged, refused } = await follow(started, token);
  endLine();
  console.log(
    `${status}: ${created} created, ${updated} updated, ${unchanged} unchanged, ${refused} refused`,
  );
  if (refused > 0) await printErrors(id, refused, token);
  return status === 'finished' && refused === 0 ? COMPLETE : PARTIAL;
};

try {
  process.exitCode = await run(process.argv[2]);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  endLine();
  console.error(`import: ${error.message}`);
  process.exitCode = error.code;
}
