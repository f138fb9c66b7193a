import { createSecretKey } from 'node:crypto';
import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import type { Actor, KeyActor } from '#src/kernel/actor.js';
import type { ApiKeyId } from '#src/kernel/ids.js';
import { callerTokens, type Caller } from '#src/platform/http/services/caller-tokens.js';
import { newId } from '../../../support/builders/ids.js';

const SECRET = createSecretKey(Buffer.alloc(32, 1));
const AT = new Date('2026-05-01T12:00:00.000Z');

const tokensOf = (self: string, { secret = SECRET, late = 0 } = {}) =>
  callerTokens({ secret, self, now: () => new Date(AT.getTime() + late * 1000) });

const actor: Actor = {
  id: newId(),
  sessionId: newId(),
  role: 'admin',
  authenticatedAt: new Date('2026-05-01T11:00:00.123Z'),
};
const key: KeyActor = { id: newId(), scopes: ['catalog:read', 'orders:write'] };
const caller: Caller = { actor, address: '192.0.2.1' };
const anonymous: Caller = { actor: null, address: '2001:db8::1' };

describe('The token of a caller', () => {
  const gateway = tokensOf('gateway');
  const product = tokensOf('product');

  it('The token of a caller tells the service that it is for who asks, and from where', () => {
    expect(product.verify(gateway.issue('product', caller))).to.deep.equal(caller);
    expect(product.verify(gateway.issue('product', anonymous))).to.deep.equal(anonymous);
    const ofKey: Caller = { actor: key, address: '192.0.2.3' };
    expect(product.verify(gateway.issue('product', ofKey))).to.deep.equal(ofKey);
  });

  it('The token of a caller is not accepted by another service', () => {
    expect(tokensOf('customer').verify(gateway.issue('product', caller))).to.equal(null);
    expect(gateway.verify(gateway.issue('product', caller))).to.equal(null);
  });

  it('The token of a caller is not accepted under another secret', () => {
    const other = tokensOf('gateway', { secret: createSecretKey(Buffer.alloc(32, 2)) });
    expect(product.verify(other.issue('product', caller))).to.equal(null);
  });

  it('The token of a caller expires, although clocks may be ten minutes apart', () => {
    const token = gateway.issue('product', caller);
    expect(tokensOf('product', { late: 600 }).verify(token)).to.deep.equal(caller);
    expect(tokensOf('product', { late: -600 }).verify(token)).to.deep.equal(caller);
    expect(tokensOf('product', { late: 661 }).verify(token)).to.equal(null);
  });

  it('The token of a caller is not accepted for longer because it has been accepted before', () => {
    let late = 0;
    const service = callerTokens({
      secret: SECRET,
      self: 'product',
      now: () => new Date(AT.getTime() + late * 1000),
    });
    const token = gateway.issue('product', caller);
    expect(service.verify(token)).to.deep.equal(caller);
    late = 661;
    expect(service.verify(token)).to.equal(null);
  });

  it('The token of a caller differs with their role, their session, their log-in, their key, its scopes and their address', () => {
    const others: readonly Caller[] = [
      { actor: { ...actor, role: 'customer' }, address: '192.0.2.1' },
      { actor: { ...actor, sessionId: newId() }, address: '192.0.2.1' },
      { actor: { ...actor, authenticatedAt: AT }, address: '192.0.2.1' },
      { actor, address: '192.0.2.2' },
      anonymous,
      { actor: key, address: '192.0.2.1' },
      { actor: { ...key, scopes: ['catalog:read'] }, address: '192.0.2.1' },
      { actor: { ...key, id: newId<ApiKeyId>() }, address: '192.0.2.1' },
    ];
    gateway.issue('product', caller);
    for (const other of others) expect(product.verify(gateway.issue('product', other))).to.deep.equal(other);
  });

  it('The token of a caller is no token of another kind, unsigned, without an end or not a token at all', () => {
    const claims = { ip: '192.0.2.1', iss: 'gateway', aud: 'product' };
    const exp = Math.floor(AT.getTime() / 1000) + 60;
    const typ = 'portico-caller+jwt';
    const wrong = [
      jwt.sign({ ...claims, exp }, SECRET, { algorithm: 'HS256' }),
      jwt.sign({ ...claims, exp }, SECRET, { algorithm: 'HS512', header: { alg: 'HS512', typ } }),
      jwt.sign(claims, SECRET, { algorithm: 'HS256', header: { alg: 'HS256', typ } }),
      jwt.sign({ ...claims, exp }, '', { algorithm: 'none', header: { alg: 'none', typ } }),
      '',
      'a.b.c',
      'x',
    ];
    for (const token of wrong) expect(product.verify(token), token).to.equal(null);
    const right = jwt.sign({ ...claims, exp }, SECRET, { algorithm: 'HS256', header: { alg: 'HS256', typ } });
    expect(product.verify(right)).to.deep.equal({ actor: null, address: '192.0.2.1' });
  });
});
