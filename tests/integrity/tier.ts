/** The short tier plays the same chances every time; `--full` plays more, and others each time. */
export const FULL = process.argv.includes('--full');

export const SEED = Number(process.env['INTEGRITY_SEED'] ?? (FULL ? Date.now() : 2017));
