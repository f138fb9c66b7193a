import { expect } from 'chai';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { jwtAccessTokens } from '#src/contexts/accounts/adapters/jwt/jwt-access-tokens.js';
import { readConfig } from '#src/main/config/index.js';
import { rotateKeyFiles, signingKeys } from '#src/main/signing-keys.js';
import { newId } from '../support/builders/ids.js';

describe('The signing keys of a shop', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'portico-keys-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const data = () => join(folder, 'data');
  const embedded = () => readConfig({ DATABASE_URL: `sqlite:${join(data(), 'shop.db')}` });
  const file = () => join(data(), 'signing-key.pem');
  const ids = () => signingKeys(embedded())().map(({ id }) => id);

  it('The signing keys of a shop are generated once and stored next to the embedded database, for its owner only', () => {
    const made = ids();
    expect(made).to.have.lengthOf(1);
    expect(ids()).to.deep.equal(made);
    expect(readFileSync(file(), 'utf8')).to.contain('BEGIN PRIVATE KEY');
    expect(statSync(file()).mode & 0o777).to.equal(0o600);
  });

  it('The signing keys of a shop are the configured ones where there are any, and nothing is written', () => {
    const keys = signingKeys({ ...embedded(), jwtPrivateKey: generateSigningKey() + generateSigningKey() });
    expect(keys()).to.have.lengthOf(2);
    expect(() => statSync(file())).to.throw('ENOENT');
  });

  it('The signing keys of a shop are removed a token’s lifetime after they were superseded, and not before', () => {
    const [first = ''] = ids();
    const at = (seconds: number) => new Date(Date.UTC(2026, 4, 1) + seconds * 1000);
    expect(rotateKeyFiles(data(), 3600, at(0)).removed).to.deep.equal([]);
    const [second = '', ...others] = ids();
    expect(others).to.deep.equal([first]);
    expect(rotateKeyFiles(data(), 3600, at(3600)).removed).to.deep.equal([]);
    expect(ids()).to.have.lengthOf(3);
    expect(rotateKeyFiles(data(), 3600, at(3601)).removed).to.deep.equal(['signing-key.pem']);
    expect(ids()).to.have.lengthOf(3).and.to.include(second);
    expect(readdirSync(data())).to.not.include('signing-key.pem');
    expect(() => rotateKeyFiles(data(), 3600, at(3600))).to.throw('clock');
  });

  it('The signing keys of a shop are rotated under processes that run: tokens of every key are valid in each, at every moment', () => {
    const start = () =>
      jwtAccessTokens({ keys: signingKeys(embedded()), issuer: 'a', audience: 'b', lifetime: 3600 });
    const now = new Date();
    const [one, other] = [start(), start()];
    const issue = (tokens: typeof one) => tokens.issue({ userId: newId(), sessionId: newId() }, now);
    const issued = [issue(one), issue(other)];
    rotateKeyFiles(data(), 3600, now);
    issued.push(issue(one)); // the other one has not looked yet
    for (const tokens of [other, one, start()])
      for (const token of issued) expect(tokens.verify(token, now)).to.not.equal(null);
    const kid = (token: string): unknown =>
      (JSON.parse(atob(token.split('.')[0] ?? '')) as { kid: unknown }).kid;
    expect(kid(issue(other)))
      .to.equal(ids()[0])
      .and.to.equal(kid(issued[2] ?? ''));
    expect(other.publicKeys().map(({ kid: id }) => id)).to.deep.equal(ids());
  });
});
