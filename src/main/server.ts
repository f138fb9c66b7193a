// The program. It checks the limit of open files before it loads the rest: Node's loader opens up to 200 files at once, and would
// fail with a stack.
import { limitOfOpenFiles, NEEDED_OPEN_FILES } from './open-files.js';

if (limitOfOpenFiles() < NEEDED_OPEN_FILES) {
  const [limit, needed] = [limitOfOpenFiles(), NEEDED_OPEN_FILES].map(String);
  process.stderr.write(
    `portico: ${limit} open files (ulimit -n) are too few: at least ${needed} are required.
`,
  );
  process.exit(1);
}
await import('./run.js');
