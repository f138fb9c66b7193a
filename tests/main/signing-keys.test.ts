import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '#src/main/config.js';
import { signingKeys } from '#src/main/signing-keys.js';

describe('The signing keys of a shop', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'portico-keys-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const embedded = () => readConfig({ DATABASE_URL: `sqlite:${join(folder, 'data', 'shop.db')}` });
  const file = () => join(folder, 'data', 'signing-key.pem');

  it('are made once and kept beside the embedded database, for its owner only', () => {
    const made = signingKeys(embedded());
    expect(made).to.contain('BEGIN PRIVATE KEY');
    expect(signingKeys(embedded())).to.equal(made);
    expect(readFileSync(file(), 'utf8')).to.equal(made);
    expect(statSync(file()).mode & 0o777).to.equal(0o600);
  });

  it('are the configured ones where there are any, and nothing is written', () => {
    expect(signingKeys({ ...embedded(), jwtPrivateKey: 'configured' })).to.equal('configured');
    expect(() => statSync(file())).to.throw('ENOENT');
  });
});
