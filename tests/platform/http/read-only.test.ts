import { expect } from 'chai';
import Joi from 'joi';
import { acceptReadOnlyFields } from '#src/platform/http/routes/read-only.js';
import type { Access, Route } from '#src/platform/http/routes/route.js';
import { fieldsOf } from '#src/platform/http/routes/shapes.js';

describe('Fields that can only be read', () => {
  const row = (method: 'get' | 'patch', access: Access): Route =>
    ({
      method,
      path: '/notes/:id',
      access,
      ...(method === 'patch' && { body: Joi.object({ text: Joi.string() }) }),
      replies: { 200: { body: Joi.object({ text: Joi.string(), author: Joi.string() }) } },
      answer: () => Promise.resolve({ status: 200 }),
    }) as unknown as Route;
  const takenBy = (reader: Access, writer: Access): readonly string[] => {
    const [, patch] = acceptReadOnlyFields([row('get', reader), row('patch', writer)]);
    return fieldsOf(patch?.body ?? expect.fail('no body'));
  };

  it('are taken back from those who may read them', () => {
    expect(takenBy('anyone', 'admin')).to.deep.equal(['text', 'author']);
    expect(takenBy('user', 'user')).to.deep.equal(['text', 'author']);
    expect(takenBy('admin', 'admin')).to.deep.equal(['text', 'author']);
  });

  it('are not compared for a caller who may not read them: the answer would tell what they are', () => {
    expect(takenBy('admin', 'user')).to.deep.equal(['text']);
  });
});
