import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect } from 'chai';
import { generateSigningKey, parseSigningKeys } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';

const pkcs8 = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength });
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });

const complaintAbout = (pem: string): string => {
  try {
    parseSigningKeys(pem);
    return 'none';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('Signing keys', () => {
  const strong = rsa(2048);

  it('Signing keys sign with the algorithm that their kind asks for', () => {
    const keys = parseSigningKeys(pkcs8(strong.privateKey) + generateSigningKey());
    expect(keys.map(({ algorithm }) => algorithm)).to.deep.equal(['RS256', 'ES256']);
  });

  it('Signing keys are named by their thumbprint (RFC 7638)', () => {
    const [key, other] = parseSigningKeys(pkcs8(strong.privateKey) + generateSigningKey());
    const thumbprint = (members: string) => createHash('sha256').update(members).digest('base64url');
    const { e, n } = key.jwk;
    const { x, y } = other?.jwk ?? {};
    expect(key.jwk).to.include({
      kid: thumbprint(`{"e":"${e}","kty":"RSA","n":"${n}"}`),
      use: 'sig',
      alg: 'RS256',
    });
    expect(other?.id).to.equal(thumbprint(`{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`));
  });

  it('Signing keys are shown without their private parts', () => {
    for (const { jwk } of parseSigningKeys(pkcs8(strong.privateKey) + generateSigningKey())) {
      expect(jwk).to.not.have.any.keys('d', 'p', 'q', 'dp', 'dq', 'qi');
    }
  });

  it('Signing keys may be written with \\n for line breaks, with blank lines and a word of explanation between them', () => {
    const [one, two] = [generateSigningKey(), generateSigningKey()];
    const ids = (pems: string) => parseSigningKeys(pems).map(({ id }) => id);
    expect(ids(one.replaceAll('\n', '\\n'))).to.deep.equal(ids(one));
    expect(ids(`\r\n${one.replaceAll('\n', '\r\n')}\n\nthe old key:\n${two}\n`)).to.deep.equal(
      ids(one + two),
    );
  });

  const damaged = generateSigningKey().replace(/\n(.{20}).{20}/, '\n$1');
  const refused: Readonly<Record<string, readonly [pem: string, reason: RegExp]>> = {
    'nothing at all': ['', /no signing key/],
    'what is no PEM': ['s3cr3t-but-no-pem', /no signing key/],
    'RSA of 1024 bits': [pkcs8(rsa(1024).privateKey), /signing key 1 is too weak: RSA of 1024 bits/],
    'a weak key behind a good one': [
      generateSigningKey() + pkcs8(rsa(1024).privateKey),
      /signing key 2 is too weak/,
    ],
    'another curve': [pkcs8(ec('P-384').privateKey), /unsupported curve secp384r1: use P-256/],
    Ed25519: [pkcs8(generateKeyPairSync('ed25519').privateKey), /unsupported type ed25519/],
    'RSA-PSS': [
      pkcs8(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey),
      /unsupported type rsa-pss/,
    ],
    'PKCS#1': [
      strong.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
      /"RSA PRIVATE KEY".*PKCS#8/,
    ],
    'SEC 1': [
      ec('P-256').privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
      /"EC PRIVATE KEY".*PKCS#8/,
    ],
    'a key under a passphrase': [
      strong.privateKey
        .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
        .toString(),
      /"ENCRYPTED PRIVATE KEY".*PKCS#8/,
    ],
    'a public key': [
      strong.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      /"PUBLIC KEY".*PKCS#8/,
    ],
    'a damaged key': [damaged, /signing key 1 cannot be read/],
    'a key that is cut off behind a good one': [
      generateSigningKey() + generateSigningKey().slice(0, 120),
      /incomplete/,
    ],
  };
  for (const [what, [pem, reason]] of Object.entries(refused)) {
    it(`Signing keys refuse ${what} by one line that does not show it`, () => {
      const message = complaintAbout(pem);
      expect(message).to.match(reason).and.not.include('\n');
      for (const line of pem.split('\n').filter((each) => each.length > 15 && !each.startsWith('-----'))) {
        expect(message).to.not.include(line.slice(0, 15));
      }
    });
  }
});
