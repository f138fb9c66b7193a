// `npm run admin -- …`: builds if need be, then runs the command in this process.
import { build, endWithOneLine } from './build.mjs';

await build().catch(endWithOneLine);
await import('../dist/src/main/admin.js');
