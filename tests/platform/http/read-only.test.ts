import { expect } from 'chai';
import { parameters, string } from '#src/platform/schema/schema.js';
import { acceptReadOnlyFields } from '#src/platform/http/routes/read-only.js';
import type { Access, Route } from '#src/platform/http/routes/route.js';

describe('Fields that can only be read', () => {
  const row = (method: 'get' | 'patch', access: Access): Route =>
    ({
      method,
      path: '/notes/:id',
      access,
      ...(method === 'patch' && { body: parameters({ text: string() }) }),
      replies: { 200: { body: parameters({ text: string(), author: string() }) } },
      answer: () => Promise.resolve({ status: 200 }),
    }) as unknown as Route;
  const takenBy = (reader: Access, writer: Access): readonly string[] => {
    const [, patch] = acceptReadOnlyFields([row('get', reader), row('patch', writer)]);
    return patch?.body?.names ?? expect.fail('no body');
  };

  it('Read-only fields are accepted unchanged from callers who may read them', () => {
    expect(takenBy('anyone', 'admin')).to.deep.equal(['text', 'author']);
    expect(takenBy('user', 'user')).to.deep.equal(['text', 'author']);
    expect(takenBy('admin', 'admin')).to.deep.equal(['text', 'author']);
  });

  it('Read-only fields are not compared for a caller who may not read them: the response would reveal them', () => {
    expect(takenBy('admin', 'user')).to.deep.equal(['text']);
  });
});
