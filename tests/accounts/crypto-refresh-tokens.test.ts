import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { cryptoRefreshTokens } from '#src/contexts/accounts/adapters/crypto/crypto-refresh-tokens.js';

describe('Refresh tokens', () => {
  const tokens = cryptoRefreshTokens({ lifetime: 3600 });

  it('are 256 bits in base64url, none like another', () => {
    const minted = Array.from({ length: 100 }, () => tokens.mint().token);
    for (const token of minted) expect(Buffer.from(token, 'base64url')).to.have.lengthOf(32);
    expect(new Set(minted).size).to.equal(100);
  });

  it('are known by their SHA-256 in hexadecimal', () => {
    const { token, hash } = tokens.mint();
    expect(hash).to.equal(createHash('sha256').update(token).digest('hex'));
    expect(tokens.hash(token)).to.equal(hash);
  });

  it('belong to a session that ends a lifetime after it began', () => {
    const end = tokens.expiry(new Date('2026-05-01T12:00:00.500Z'));
    expect(end).to.deep.equal(new Date('2026-05-01T13:00:00.500Z'));
  });
});
