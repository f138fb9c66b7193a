// `npm run keys:rotate`: builds if need be, then runs the command in this process.
import { build } from './build.mjs';

await build();
await import('../dist/src/main/rotate-keys.js');
