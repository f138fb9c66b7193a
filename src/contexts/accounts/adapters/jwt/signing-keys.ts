import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import type { PublicKey } from '../../application/ports.js';

/** A key pair that signs and verifies with one algorithm only. */
export interface SigningKey {
  /** Its thumbprint (RFC 7638): it follows from the key alone. */
  readonly id: string;
  readonly algorithm: 'ES256' | 'RS256';
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: PublicKey;
}

/** The first key signs; all verify, so that a key can be replaced while its tokens are in use. */
export type SigningKeys = readonly [SigningKey, ...SigningKey[]];

/** Returns the present keys: they can be rotated while a process runs. */
export type KeyRing = () => SigningKeys;

const PEM = /-----BEGIN (?<label>[A-Z0-9 ]+)-----[^-]*-----END \k<label>-----/g;
const MIN_RSA_BITS = 2048;

const algorithmOf = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject, name: string) => {
  if (asymmetricKeyType === 'rsa') {
    const bits = asymmetricKeyDetails?.modulusLength ?? 0;
    if (bits >= MIN_RSA_BITS) return 'RS256';
    throw new Error(`${name} is too weak: RSA of ${bits} bits; at least ${MIN_RSA_BITS} are required`);
  }
  if (asymmetricKeyType === 'ec') {
    const curve = asymmetricKeyDetails?.namedCurve ?? 'unknown';
    if (curve === 'prime256v1') return 'ES256';
    throw new Error(`${name} is on the unsupported curve ${curve}: use P-256`);
  }
  throw new Error(
    `${name} is of the unsupported type ${asymmetricKeyType ?? 'unknown'}: use RSA or EC P-256`,
  );
};

/** Returns the members that define the key, in the order of the thumbprint (RFC 7638 §3.2). */
const requiredMembers = (publicKey: KeyObject): Omit<PublicKey, 'kid' | 'alg' | 'use'> => {
  const { crv, e, kty, n, x, y } = publicKey.export({ format: 'jwk' });
  if (kty === 'RSA' && e !== undefined && n !== undefined) return { e, kty, n };
  if (kty === 'EC' && crv !== undefined && x !== undefined && y !== undefined) return { crv, kty, x, y };
  throw new Error('a key without the members that make it');
};

const readPrivateKey = (pem: string, label: string, name: string): KeyObject => {
  if (label !== 'PRIVATE KEY')
    throw new Error(`${name} is a PEM of "${label}": use PKCS#8, which begins with "BEGIN PRIVATE KEY"`);
  try {
    return createPrivateKey(pem);
  } catch {
    // OpenSSL's reason does not help the operator, and the message must show nothing of the key.
    throw new Error(`${name} cannot be read: its PKCS#8 PEM is damaged`);
  }
};

const signingKey = (pem: string, label: string, name: string): SigningKey => {
  const privateKey = readPrivateKey(pem, label, name);
  const algorithm = algorithmOf(privateKey, name);
  const publicKey = createPublicKey(privateKey);
  const members = requiredMembers(publicKey);
  const id = createHash('sha256').update(JSON.stringify(members)).digest('base64url');
  return { id, algorithm, privateKey, publicKey, jwk: { ...members, kid: id, alg: algorithm, use: 'sig' } };
};

/**
 * Reads the keys in one or several concatenated PKCS#8 PEMs, RSA from 2048 bits or EC P-256. Line breaks may be written `
 * `, as in .env files. Throws an Error of one line that names the problem and never shows a key.
 */
export const parseSigningKeys = (pems: string): SigningKeys => {
  const text = pems.replaceAll('\\n', '\n');
  const [first, ...others] = Array.from(text.matchAll(PEM), ({ 0: pem, groups }, index) =>
    signingKey(pem, groups?.['label'] ?? '', `signing key ${index + 1}`),
  );
  if (first === undefined) throw new Error('there is no signing key: at least one PKCS#8 PEM is required');
  if (text.replace(PEM, '').includes('-----')) throw new Error('a signing key is incomplete');
  return [first, ...others];
};

/** Generates an EC P-256 key as a PKCS#8 PEM. */
export const generateSigningKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
