import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { cryptoRefreshTokens } from '#src/contexts/accounts/adapters/crypto/crypto-refresh-tokens.js';
import { REFRESH_GRACE_MS } from '#src/contexts/accounts/domain/session.js';

const AT = new Date('2026-05-01T12:00:00.500Z');
const after = (ms: number): Date => new Date(AT.getTime() + ms);

describe('Refresh tokens', () => {
  const tokens = cryptoRefreshTokens({ lifetime: 3600, idle: 600 });

  it('Refresh tokens are 256 bits in base64url, none like another', () => {
    const minted = Array.from({ length: 100 }, () => tokens.mint().token);
    for (const token of minted) expect(Buffer.from(token, 'base64url')).to.have.lengthOf(32);
    expect(new Set(minted).size).to.equal(100);
  });

  it('Refresh tokens are known by their SHA-256 in hexadecimal', () => {
    const { token, hash } = tokens.mint();
    expect(hash).to.equal(createHash('sha256').update(token).digest('hex'));
    expect(tokens.hash(token)).to.equal(hash);
  });

  it('Refresh tokens belong to a session that is over when it was idle, and a lifetime after it began at the latest', () => {
    expect(tokens.expiry(AT, AT)).to.deep.equal(after(600_000));
    expect(tokens.expiry(AT, after(1_200_000))).to.deep.equal(after(1_800_000));
    expect(tokens.expiry(AT, after(3_300_000))).to.deep.equal(after(3_600_000));
  });

  describe('that are consumed', () => {
    const [spent, successor] = [tokens.mint().token, tokens.mint().token];
    const kept = tokens.seal(successor, spent, AT);

    it('Consumed refresh tokens reveal their successors for half a minute', () => {
      expect(REFRESH_GRACE_MS).to.equal(30_000);
      expect(kept.until).to.deep.equal(after(30_000));
      expect(tokens.reveal(kept, spent, after(29_999))).to.equal(successor);
      expect(tokens.reveal(kept, spent, after(30_000))).to.equal(null);
    });

    it('Consumed refresh tokens reveal none but their own', () => {
      expect(tokens.reveal(kept, tokens.mint().token, AT)).to.equal(null);
      expect(tokens.reveal(kept, successor, AT)).to.equal(null);
      expect(tokens.reveal(kept, tokens.hash(spent), AT)).to.equal(null);
    });

    it('Consumed refresh tokens and their successors do not occur in what is stored, and it fits into its column', () => {
      const bytes = Buffer.from(kept.sealed, 'base64url');
      for (const secret of [spent, successor]) {
        expect(kept.sealed).to.not.include(secret);
        expect(bytes.includes(secret)).to.equal(false);
      }
      expect(kept.sealed.length).to.be.at.most(128);
      expect(tokens.seal(successor, spent, AT).sealed).to.not.equal(kept.sealed);
    });

    it('Consumed refresh tokens reveal nothing that was tampered with', () => {
      const bytes = Buffer.from(kept.sealed, 'base64url');
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      const sealed = bytes.toString('base64url');
      expect(tokens.reveal({ ...kept, sealed }, spent, AT)).to.equal(null);
    });
  });
});
