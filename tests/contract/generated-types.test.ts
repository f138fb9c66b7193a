import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';

const run = promisify(execFile);
const bin = (name: string): string => join('node_modules', '.bin', name);

/** What a client writes with the types that openapi-typescript makes. */
const CLIENT = `
import type { components, paths } from './api.js';
type Refusal = paths['/orders']['post']['responses'][409]['content']['application/problem+json'];
export const left = (error: Refusal): number | undefined => {
  if (error.code === 'out_of_stock') return error.lines[0]?.available;
  if (error.code === 'total_changed') return error.totalPrice;
  // @ts-expect-error -- a cart that is empty has no lines
  return error.lines;
};
export const allowed = (
  error: components['schemas']['IllegalTransitionProblem'],
): readonly components['schemas']['OrderStatus'][] => error.allowed;
// @ts-expect-error -- no response has this code
export const impossible = (error: Refusal): boolean => error.code === 'no_such_code';
export const address: components['schemas']['ShippingAddressCreate'] = { line1: 'a', city: 'b', country: 'IE' };
export const items = (page: components['schemas']['OrderPage']): readonly string[] => page.items.map(({ id }) => id);
`;

describe('Types that are generated from the OpenAPI document', () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'portico-types-'))));
  after(() => rm(folder, { recursive: true }));

  it('Types that are generated from the OpenAPI document know the members of each error by its code', async () => {
    await run(bin('openapi-typescript'), ['docs/openapi.json', '--output', join(folder, 'api.d.ts')]);
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await writeFile(join(folder, 'client.ts'), CLIENT);
    const compilerOptions = { strict: true, noEmit: true, module: 'nodenext', target: 'es2022', types: [] };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['client.ts'] }));
    const { stdout } = await run(bin('tsc'), ['--project', folder]).catch(
      (error: unknown) => error as { readonly stdout: string },
    );
    expect(stdout).to.equal('');
  });
});
