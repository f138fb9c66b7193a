import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import { jwtAccessTokens } from '#src/contexts/accounts/adapters/jwt/jwt-access-tokens.js';
import { generateSigningKey, parseSigningKeys } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import type { SessionId, UserId } from '#src/kernel/ids.js';
import { newId } from '../support/builders/ids.js';

type Members = Readonly<Record<string, unknown>>;

const AT = new Date('2026-05-01T12:00:00.900Z');
const after = (seconds: number): Date => new Date(AT.getTime() + seconds * 1000);
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const rsaPem = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

for (const [algorithm, pem] of [
  ['ES256', generateSigningKey()],
  ['RS256', rsaPem],
] as const) {
  describe(`Access tokens signed with ${algorithm}`, () => {
    const options = { issuer: 'https://shop.example', audience: 'portico', lifetime: 3600 };
    const keys = parseSigningKeys(pem);
    const [key] = keys;
    const tokens = jwtAccessTokens({ ...options, keys: () => keys });
    const holder = { userId: newId<UserId>(), sessionId: newId<SessionId>() };
    const token = tokens.issue(holder, AT);
    const { header, payload } = jwt.decode(token, { complete: true }) as unknown as {
      readonly header: Members;
      readonly payload: Members;
    };

    /** A token that our key has really signed, with other claims or another header; `undefined` leaves a member out. */
    const signed = (claims: Members, head: Members = {}): string =>
      jwt.sign(JSON.parse(JSON.stringify({ ...payload, ...claims })) as object, key.privateKey, {
        algorithm,
        header: { ...header, alg: algorithm, ...head },
        noTimestamp: true,
      });

    it('Access tokens name the user and the session, until they expire', () => {
      expect(tokens.verify(token, AT)).to.deep.equal(holder);
      expect(tokens.verify(token, after(3598))).to.deep.equal(holder);
      expect(tokens.verify(token, after(3600))).to.equal(null);
    });

    it('Access tokens contain their type, issuer, audience, expiry and the key that verifies them', () => {
      const issued = Math.floor(AT.getTime() / 1000);
      expect(header).to.deep.equal({ alg: algorithm, typ: 'at+jwt', kid: key.id });
      const { jti, ...claims } = payload;
      expect(claims).to.deep.equal({
        iss: options.issuer,
        aud: options.audience,
        sub: holder.userId,
        sid: holder.sessionId,
        iat: issued,
        exp: issued + 3600,
      });
      expect(jti).to.be.a('string');
    });

    it('Access tokens differ, even when they say the same', () => {
      expect(tokens.issue(holder, AT)).to.not.equal(token);
    });

    it('Access tokens can be verified by others with the published key of their kid', () => {
      const published = tokens.publicKeys().find(({ kid }) => kid === header['kid']) ?? {};
      const publicKey = createPublicKey({ key: published, format: 'jwk' });
      const claims = jwt.verify(token, publicKey, {
        algorithms: [algorithm],
        clockTimestamp: AT.getTime() / 1000,
      });
      expect(claims).to.include({ sub: holder.userId });
    });

    it('Access tokens are valid as long as their key is among the keys, whichever signs now', () => {
      const nextKeys = parseSigningKeys(generateSigningKey() + pem);
      const next = jwtAccessTokens({ ...options, keys: () => nextKeys });
      expect(next.verify(token, AT)).to.deep.equal(holder);
      expect(tokens.verify(next.issue(holder, AT), AT)).to.equal(null);
      expect(next.publicKeys()).to.have.lengthOf(2);
    });

    it('Access tokens have their signature checked once, however often they are sent', () => {
      let checks = 0;
      const counted = Object.defineProperty({ ...key }, 'publicKey', {
        get: () => {
          checks += 1;
          return key.publicKey;
        },
      });
      const counting = jwtAccessTokens({ ...options, keys: () => [counted] });
      for (let sent = 0; sent < 5; sent += 1) expect(counting.verify(token, AT)).to.deep.equal(holder);
      expect(checks).to.equal(1);
    });

    it('Access tokens are not valid any more once their key has been withdrawn, even if they were before', () => {
      let ring = keys;
      const rotating = jwtAccessTokens({ ...options, keys: () => ring });
      expect(rotating.verify(token, AT)).to.deep.equal(holder);
      ring = parseSigningKeys(generateSigningKey());
      expect(rotating.publicKeys()).to.have.lengthOf(1); // the keys are read
      expect(rotating.verify(token, AT)).to.equal(null);
    });

    it('Access tokens are accepted when the forger of these tests changes nothing', () => {
      expect(tokens.verify(signed({}), AT)).to.deep.equal(holder);
    });

    const [head = '', claims = '', signature = ''] = token.split('.');
    const ownKeys = parseSigningKeys(generateSigningKey());
    const own = jwtAccessTokens({ ...options, keys: () => ownKeys });
    const publicPem = key.publicKey.export({ type: 'spki', format: 'pem' });
    const hmac = (input: string) => createHmac('sha256', publicPem).update(input).digest('base64url');
    const hs256 = `${encode({ ...header, alg: 'HS256' })}.${claims}`;
    const bad: Readonly<Record<string, string>> = {
      'other claims under the same signature': `${head}.${encode({ ...payload, sub: newId<UserId>() })}.${signature}`,
      'another signature': `${head}.${claims}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
      'a signature that is cut off': token.slice(0, -9),
      'no signature': `${head}.${claims}.`,
      'the algorithm none': `${encode({ ...header, alg: 'none' })}.${claims}.`,
      'the public key taken for a secret': `${hs256}.${hmac(hs256)}`,
      'a foreign key under the name of ours': ((): string => {
        const foreign = own.issue(holder, AT).split('.');
        return `${head}.${foreign[1] ?? ''}.${foreign[2] ?? ''}`;
      })(),
      'a foreign key': own.issue(holder, AT),
      'no kid': signed({}, { kid: undefined }),
      'another issuer': signed({ iss: 'https://other.example' }),
      'no issuer': signed({ iss: undefined }),
      'another audience': signed({ aud: 'other' }),
      'no audience': signed({ aud: undefined }),
      'no end': signed({ exp: undefined }),
      'an end that is no number': `${head}.${encode({ ...payload, exp: 'never' })}.${signature}`,
      'a beginning that is still to come': signed({ nbf: Math.floor(after(60).getTime() / 1000) }),
      'no subject': signed({ sub: undefined }),
      'a subject that is no text': signed({ sid: 7 }),
      'no session': signed({ sid: undefined }),
      'another type of token': signed({}, { typ: 'JWT' }),
      'no type': signed({}, { typ: undefined }),
      'a header that is no JSON': `${Buffer.from('{').toString('base64url')}.${claims}.${signature}`,
      'a header that is no object': `${encode(null)}.${claims}.${signature}`,
      'a payload that is no JSON': `${encode({ ...header, typ: 'JWT' })}.${Buffer.from('{').toString('base64url')}.${signature}`,
      'two parts only': `${head}.${claims}`,
      'nothing at all': '',
      'no form at all': '🐢.🐢.🐢',
    };
    for (const [what, forged] of Object.entries(bad)) {
      it(`Access tokens are invalid with ${what}`, () => {
        expect(tokens.verify(forged, AT)).to.equal(null);
      });
    }
  });
}
