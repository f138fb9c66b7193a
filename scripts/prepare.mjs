// npm runs this before it packs or links the package, which has to hold dist/ with its types. npm also runs it after an
// installation in the checkout itself, where `npm start` and the tests build what they need when they need it.
import { build, endWithOneLine } from './build.mjs';

const { npm_command: command = '', INIT_CWD: calledFrom } = process.env;
const isInstalledHere = ['ci', 'install'].includes(command) && calledFrom === process.cwd();

if (!isInstalledHere) await build({ types: true }).catch(endWithOneLine);
