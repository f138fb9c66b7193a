import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { pack, unpack, type StoredReply } from '#src/platform/idempotency/stored-reply.js';

const line = (at: number) => ({
  product: { id: `01a1fd3c-d3a1-756b-a66a-${String(at).padStart(12, '0')}`, name: 'Käse 🧀', price: 19.99 },
  quantity: at,
});
const cartOf = (lines: number): StoredReply => ({
  status: 200,
  headers: { ETag: '"7.0123456789abcdef"' },
  body: { items: Array.from({ length: lines }, (_, at) => line(at)) },
});

describe('A stored reply', () => {
  const examples: Readonly<Record<string, StoredReply>> = {
    'a reference': { reference: '01a1fd3c-d3a1-756b-a66a-6be775b4460c' },
    'an answer without a body': { status: 204, headers: {} },
    'an answer with the body null': { status: 200, headers: {}, body: null },
    'a large cart': cartOf(100),
    'what nothing shortens': { status: 200, headers: {}, body: randomBytes(500).toString('base64') },
  };
  for (const [name, kept] of Object.entries(examples))
    it(`A stored reply comes back as it was: ${name}`, () => {
      expect(unpack(pack(kept))).to.deep.equal(kept);
    });

  it('A stored reply is stored as ASCII that takes a fifth of its JSON when it is a large cart', () => {
    const packed = pack(cartOf(100));
    expect(packed).to.match(/^[A-Za-z0-9+/]+=*$/);
    expect(packed.length).to.be.below(JSON.stringify(cartOf(100)).length / 5);
  });

  it('A stored reply is never larger than its JSON', () => {
    for (const kept of Object.values(examples))
      expect(Buffer.byteLength(pack(kept))).to.be.at.most(Buffer.byteLength(JSON.stringify(kept)));
  });

  it('A stored reply of the release before, which stored JSON, can be read', () => {
    expect(unpack('{"status":201,"headers":{},"body":{"name":"Tea"}}')).to.deep.equal({
      status: 201,
      headers: {},
      body: { name: 'Tea' },
    });
  });
});
