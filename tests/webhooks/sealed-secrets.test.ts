import { expect } from 'chai';
import { createPrivateKey } from 'node:crypto';
import { generateSigningKey } from '#src/contexts/accounts/module.js';
import { sealedSecrets, type KeyRing } from '#src/contexts/webhooks/adapters/crypto/sealed-secrets.js';
import type { SealedSecret } from '#src/contexts/webhooks/domain/ids.js';

const aKey = () => ({ privateKey: createPrivateKey(generateSigningKey()) });
type Key = ReturnType<typeof aKey>;
const secretsOf = (...keys: readonly [Key, ...Key[]]) => {
  const ring: KeyRing = () => keys;
  return sealedSecrets(() => ring);
};

describe('The secrets of webhooks', () => {
  const [former, present] = [aKey(), aKey()];

  it('The secrets of webhooks are 32 random bytes in the form of Standard Webhooks', () => {
    const secrets = secretsOf(present);
    const [one, other] = [secrets.create(), secrets.create()];
    expect(one).to.match(/^whsec_[\w+/]{43}=$/);
    expect(one).not.to.equal(other);
  });

  it('The secrets of webhooks are stored so that only their key opens them, each time in other words', () => {
    const secrets = secretsOf(present);
    const secret = secrets.create();
    const [sealed, again] = [secrets.seal(secret), secrets.seal(secret)];
    expect(sealed).not.to.equal(again);
    expect(Buffer.from(sealed, 'base64').toString('latin1')).not.to.include(secret.slice(6, 20));
    expect([secrets.open(sealed), secrets.open(again)]).to.deep.equal([secret, secret]);
    expect(secretsOf(former).open(sealed)).to.equal(null);
  });

  it('The secrets of webhooks are opened by a former key as long as it is there, and are then to be sealed anew', () => {
    const secret = secretsOf(former).create();
    const sealed = secretsOf(former).seal(secret);
    const rotated = secretsOf(present, former);
    expect([rotated.open(sealed), rotated.isCurrent(sealed)]).to.deep.equal([secret, false]);
    const anew = rotated.seal(secret);
    expect([rotated.open(anew), rotated.isCurrent(anew)]).to.deep.equal([secret, true]);
    expect(secretsOf(present).open(anew)).to.equal(secret);
  });

  it('The secrets of webhooks do not open if they were changed or cut off', () => {
    const secrets = secretsOf(present);
    const bytes = Buffer.from(secrets.seal(secrets.create()), 'base64');
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    expect(secrets.open(bytes.toString('base64') as SealedSecret)).to.equal(null);
    for (const length of [0, 8, 27])
      expect(secrets.open(bytes.subarray(0, length).toString('base64') as SealedSecret)).to.equal(null);
  });
});
