// `npm start`: builds if need be, then runs the shop in this process, so that signals reach it.
import { build, endWithOneLine } from './build.mjs';

await build().catch(endWithOneLine);
await import('../dist/src/main/server.js');
