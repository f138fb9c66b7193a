import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/documents.js';

interface Documented {
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly { readonly $ref?: string }[];
}

const read = (file: string): string => readFileSync(join(ROOT, 'docs', file), 'utf8');

describe('docs/api.md', () => {
  it('docs/api.md names every POST of a signed-in caller that accepts no Idempotency-Key, and no other', () => {
    const { paths } = JSON.parse(read('openapi.json')) as {
      readonly paths: Readonly<Record<string, { readonly post?: Documented }>>;
    };
    const posts = Object.entries(paths).flatMap(([path, { post }]) =>
      post?.security.some((scheme) => Object.keys(scheme).length > 0) ? [{ path, ...post }] : [],
    );
    const without = posts
      .filter(({ parameters = [] }) => !parameters.some(({ $ref }) => $ref?.endsWith('/IdempotencyKey')))
      .map(({ path }) => path);
    const sentence =
      /Every POST with an access token or API key accepts a key, except (?<named>[^]*?)\. /.exec(
        read('api.md'),
      );
    const named = [...(sentence?.groups?.['named'] ?? '').matchAll(/`POST (?<path>[^`]+)`/g)].map(
      ({ groups }) => groups?.['path'],
    );
    expect(posts.length).to.be.greaterThan(without.length);
    const isOfAuth = (path: string): boolean => path.startsWith('/auth/');
    expect(without.filter((path) => !isOfAuth(path))).to.have.members(named);
    expect(posts.filter(({ path }) => isOfAuth(path)).map(({ path }) => path)).to.deep.equal(
      without.filter(isOfAuth),
    );
  });
});
