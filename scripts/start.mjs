// `npm start`: builds if need be, then runs the shop in this process, so that signals reach it.
import { build } from './build.mjs';

await build();
await import('../dist/src/main/server.js');
