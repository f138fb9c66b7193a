// How long it takes from the start of the built server, on a database that is migrated, until GET /products answers 200.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../../scripts/build.mjs';
import { runProgram, startServer } from '../support/server-process.js';

const RUNS = 7;
const PORT = '38211';

const answers = async (): Promise<boolean> => {
  try {
    return (await fetch(`http://127.0.0.1:${PORT}/products`)).ok;
  } catch {
    return false;
  }
};

await build();
const folder = await mkdtemp(join(tmpdir(), 'portico-bench-'));
try {
  await (await startServer({ cwd: folder })).stop(); // migrates
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const start = performance.now();
    const server = await runProgram('server', {
      cwd: folder,
      environment: { HOST: '127.0.0.1', PORT, SHUTDOWN_DELAY: '0' },
    });
    while (!(await answers())) await new Promise((resolve) => setTimeout(resolve, 5));
    times.push(performance.now() - start);
    server.process.kill('SIGTERM');
    await server.ended;
  }
  times.sort((a, b) => a - b);
  const [best = 0, median = 0, worst = 0] = [times[0], times[Math.floor(RUNS / 2)], times.at(-1)];
  console.log(
    `start → GET /products 200, SQLite, ${RUNS} runs: best ${best.toFixed(0)} ms, median ${median.toFixed(0)} ms, worst ${worst.toFixed(0)} ms`,
  );
} finally {
  await rm(folder, { recursive: true });
}
