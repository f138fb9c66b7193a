import { createSecretKey, type KeyObject } from 'node:crypto';
import { expect } from 'chai';
import { generateSigningKey, parseSigningKeys } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { hmacPlaces } from '#src/contexts/accounts/adapters/crypto/hmac-places.js';
import type { UserId } from '#src/kernel/ids.js';
import { placeSecrets } from '#src/contexts/accounts/adapters/crypto/place-secrets.js';
import { newId } from '../support/builders/ids.js';

const secretOf = (byte: number): KeyObject => createSecretKey(Buffer.alloc(32, byte));

describe('Hashes of places', () => {
  const [ann, bob] = [newId<UserId>(), newId<UserId>()];
  const hashPlace = hmacPlaces(() => [secretOf(1)]);

  it('Hashes of places are the same for all addresses of one network, and others for another network, user or secret', () => {
    const [here] = hashPlace(ann, '2001:db8::1');
    expect(here).to.match(/^[0-9a-f]{64}$/);
    expect(hashPlace(ann, '2001:db8::2')).to.deep.equal([here]);
    const others = [
      hashPlace(ann, '2001:db8:0:1::1'),
      hashPlace(ann, '192.0.2.1'),
      hashPlace(bob, '2001:db8::1'),
      hashPlace(null, '2001:db8::1'),
      hmacPlaces(() => [secretOf(2)])(ann, '2001:db8::1'),
    ];
    expect(new Set([here, ...others.flat()]).size).to.equal(1 + others.length);
  });

  it('Hashes of places come under every key of the ring, that of the signing key first', () => {
    const [old, next] = [generateSigningKey(), generateSigningKey()];
    let keys = parseSigningKeys(old);
    const rotating = hmacPlaces(placeSecrets(() => () => keys));
    const before = rotating(ann, '192.0.2.1');
    keys = parseSigningKeys(`${next}\n${old}`);
    const after = rotating(ann, '192.0.2.1');
    expect([before.length, after.length, after[1]]).to.deep.equal([1, 2, before[0]]);
    expect(after[0]).not.to.equal(before[0]);
  });
});
