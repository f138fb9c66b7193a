import { expect } from 'chai';
import { documentedAnswers, type Answer, type AssertDocumented } from '../../support/documented-answers.js';
import { KNOWN, startPlanted, type PlantedApp } from './planted-app.js';

describe('The check that every response is documented', () => {
  let shop: PlantedApp;
  let assertDocumented: AssertDocumented;
  before(async () => {
    shop = await startPlanted();
    assertDocumented = documentedAnswers(shop.app.openApi);
  });
  after(() => shop.server.close());

  const PATH = `/things/${KNOWN}`;
  const thing = { id: KNOWN, name: 'Lamp', price: 19.99, version: 3 };
  const fine: Answer = {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8', etag: '"3"', 'x-request-id': 'x' },
    body: thing,
  };
  const checking =
    (over: Partial<Answer>, method = 'GET', path = PATH) =>
    () => {
      assertDocumented(method, path, { ...fine, ...over });
    };
  const problem = {
    type: 'about:blank',
    title: 'T',
    status: 404,
    detail: 'D',
    instance: PATH,
    requestId: 'x',
  };
  const headers = { 'content-type': 'application/problem+json' };

  it('The check that every response is documented accepts a documented response', () => {
    checking({})();
    checking({ body: undefined }, 'HEAD')();
    checking({ status: 304, headers: { etag: '"3"' }, body: undefined })();
    checking({ status: 404, headers, body: { ...problem, code: 'not_found' } })();
  });

  it('The check that every response is documented catches an undocumented field, a missing one and one of another type', () => {
    expect(checking({ body: { ...thing, passwordHash: 'x' } })).to.throw('body');
    expect(checking({ body: { id: KNOWN, name: 'Lamp', price: 19.99 } })).to.throw('body');
    expect(checking({ body: { ...thing, price: '19.99' } })).to.throw('body');
    expect(checking({ body: undefined })).to.throw('body');
  });

  it('The check that every response is documented catches an undocumented header', () => {
    expect(checking({ headers: { ...fine.headers, 'x-debug': '1' } })).to.throw('header x-debug');
  });

  it('The check that every response is documented catches an undocumented status, also of a path or method that is none', () => {
    expect(checking({ status: 201 })).to.throw('status');
    expect(checking({ status: 418 })).to.throw('status');
    expect(checking({}, 'GET', '/nowhere')).to.throw('no such operation');
    expect(checking({}, 'PUT', PATH)).to.throw('no such operation');
  });

  it('The check that every response is documented catches another media type, a body where there is none, and an undocumented code', () => {
    expect(checking({ headers: { 'content-type': 'text/html' } })).to.throw('content type');
    expect(checking({ status: 204, headers: {} }, 'DELETE')).to.throw('body');
    expect(checking({ status: 404, headers, body: { ...problem, code: 'surprise' } })).to.throw('body');
    expect(checking({ status: 404, headers, body: { code: 'not_found' } })).to.throw('body');
    const undeclared = { ...problem, code: 'not_found', left: 3 };
    expect(checking({ status: 404, headers, body: undeclared })).to.throw('the member left of not_found');
  });
});
