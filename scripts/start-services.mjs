// `npm run start:services`: builds if need be, then starts the services of the shop from this process, so that signals reach it.
import { build, endWithOneLine } from './build.mjs';

await build().catch(endWithOneLine);
await import('../dist/src/main/start-services.js');
