import { chromium, type BrowserContext } from 'playwright-core';
import { findProgram } from './installed-programs.js';

const SWITCHES = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const program = findProgram('chromium');

/** Declares a suite that needs an installed Chromium; without one it is skipped, and fails in CI. */
export const describeInChromium: typeof describe.skip =
  program !== undefined || process.env['CI'] === 'true' ? describe : describe.skip;

/** Starts Chromium with a profile of its own in `folder`. */
export const openChromium = async (folder: string): Promise<BrowserContext> => {
  const browser = await chromium.launchPersistentContext(folder, {
    executablePath: program ?? 'chromium',
    args: SWITCHES,
    timeout: 0,
  });
  browser.setDefaultTimeout(0); // the time-out of the test is enough
  return browser;
};
