import jwt from 'jsonwebtoken';
import { createHmac, createPublicKey } from 'node:crypto';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { newId } from '../support/builders/ids.js';
import type { Person } from '../support/test-shop.js';

/** What a shop under attack signs with. */
export const KEY = generateSigningKey();
const FOREIGN = generateSigningKey();

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

export const partsOf = (token: string) => {
  const [head = '', body = '', signature = ''] = token.split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object;
  return { head, body, signature, header: read(head) as jwt.JwtHeader, claims: read(body) as jwt.JwtPayload };
};

/** Returns what an attacker without the key can make of the shop's tokens. */
export const forgeries = (token: string, another: Person) => {
  const { head, body, signature, header, claims } = partsOf(token);
  const other = partsOf(another.token);
  const unsigned = (alg: string): string => `${encode({ ...header, alg })}.${body}`;
  const signed = (more: object): string =>
    jwt.sign(claims, FOREIGN, { algorithm: 'ES256', header: { ...header, ...more } });
  const publicKey = createPublicKey(KEY).export({ type: 'spki', format: 'pem' });
  const hmac = createHmac('sha256', publicKey).update(unsigned('HS256')).digest('base64url');
  return {
    'no JWT': 'x',
    'empty parts': '..',
    'two parts': `${head}.${body}`,
    'parts that are no JSON': 'eA.eA.eA',
    'another’s claims': `${head}.${other.body}.${signature}`,
    'altered claims': `${head}.${encode({ ...claims, exp: 9_999_999_999 })}.${signature}`,
    'an altered header': `${encode({ ...header, crit: [] })}.${body}.${signature}`,
    'another’s signature': `${head}.${body}.${other.signature}`,
    'half a signature': `${head}.${body}.${signature.slice(0, 40)}`,
    'no signature': `${head}.${body}.`,
    'the algorithm none': `${unsigned('none')}.`,
    'the algorithm nOnE': `${unsigned('nOnE')}.`,
    'the public key for a secret': `${unsigned('HS256')}.${hmac}`,
    'a foreign key': signed({}),
    'a foreign key in the header': signed({ jwk: createPublicKey(FOREIGN).export({ format: 'jwk' }) }),
    'an unknown key by its own id': signed({ kid: 'mine' }),
    'a refresh token': another.refreshToken,
  };
};

/** Well signed, but not for this: what an older version, another service or a test system may have issued. */
export const misplaced = (token: string, another: Person) => {
  const { header, claims } = partsOf(token);
  const signed = (changes: object, more: object = {}): string =>
    jwt.sign(JSON.stringify({ ...claims, ...changes }), KEY, {
      algorithm: 'ES256',
      header: { ...header, ...more },
    });
  const now = Math.floor(Date.now() / 1000);
  return {
    'expired a second ago': signed({ exp: now - 1 }),
    'without an end': signed({ exp: undefined }),
    'not good yet': signed({ nbf: now + 60 }),
    'of another issuer': signed({ iss: 'https://shop.example' }),
    'for another audience': signed({ aud: 'warehouse' }),
    'of another type': signed({}, { typ: 'JWT' }),
    'of no type': signed({}, { typ: undefined }),
    'of no key': signed({}, { kid: undefined }),
    'of an unknown session': signed({ sid: newId() }),
    'of a session that is no id': signed({ sid: "' or 1=1" }),
    'of a session that is no text': signed({ sid: { $ne: null } }),
    'of nobody': signed({ sub: newId() }),
    'of another user’s session': signed({ sub: another.id }),
  };
};
