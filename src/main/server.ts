// The program. It checks the limit of open files before it loads the rest: Node's loader opens up to 200 files at once, and would
// fail with a stack.
import cluster from 'node:cluster';
import { config as readEnvFile } from 'dotenv';
import { limitOfOpenFiles, NEEDED_OPEN_FILES } from './open-files.js';

if (limitOfOpenFiles() < NEEDED_OPEN_FILES) {
  const [limit, needed] = [limitOfOpenFiles(), NEEDED_OPEN_FILES].map(String);
  process.stderr.write(
    `portico: ${limit} open files (ulimit -n) are too few: at least ${needed} are required.
`,
  );
  process.exit(1);
}

// Stacks in the log name files and lines of src/: the server is one long file (docs/adr/0049-the-server-is-bundled.md).
process.setSourceMapsEnabled(true);

/** A file `.env` is read without changing the environment, so that a worker that is started later reads it anew. */
const variables: Record<string, string> = {};
readEnvFile({ quiet: true, processEnv: variables });
const { WORKERS = '', ...others } = { ...variables, ...process.env };
// Any other value is that of a single process, which says so if it is wrong.
if (cluster.isPrimary && /^(?:[2-9]|[1-5]\d|6[0-4])$/.test(WORKERS)) {
  const { runPrimary } = await import('./workers/primary.js');
  runPrimary(Number(WORKERS), others);
} else await import('./run.js');
