import { expect } from 'chai';
import {
  expectedVersion,
  matchesNone,
  parseVersionTag,
  versionTag,
} from '#src/platform/http/pipeline/preconditions.js';
import { KNOWN, startPlanted, type PlantedApp } from './planted-app.js';

describe('conditional requests', () => {
  let shop: PlantedApp;
  before(async () => {
    shop = await startPlanted();
  });
  after(() => shop.server.close());

  const readIf = (tag: string) => shop.client.get(`/things/${KNOWN}`, { headers: { 'If-None-Match': tag } });

  it('Conditional requests receive 304 without a body while the tag is the caller’s, with the headers that a cache needs', async () => {
    for (const tag of ['"3"', 'W/"3"', '"1", W/"3"', '"3-gzip"', 'W/"3-br"', '*']) {
      const { status, headers, body } = await readIf(tag);
      expect(status, tag).to.equal(304);
      expect(body).to.equal(undefined);
      expect(headers['etag']).to.equal('"3"');
      expect(headers['cache-control']).to.equal('public, max-age=60, s-maxage=600');
      expect(headers['vary']).to.equal('Origin, Authorization');
      expect(headers).not.to.have.property('content-type');
    }
  });

  it('Conditional requests receive 200 when no tag is the resource’s, or the field is no list of tags', async () => {
    for (const tag of ['"2"', '3', '"3', '"3" "4"', '"3", 4', 'W/3']) {
      expect((await readIf(tag)).status, tag).to.equal(200);
    }
  });

  it('Conditional requests change nothing when If-Match names no current version', async () => {
    for (const tag of [
      '"2"',
      'W/"2"',
      '3',
      '"03"',
      '"3-x"',
      '"three"',
      '"1", "2"',
      '"3", 4',
      '"3',
      ',',
      '""',
    ]) {
      const answer = await shop.client.patch(`/things/${KNOWN}`, {
        token: 'admin',
        json: { name: 'Other' },
        headers: { 'If-Match': tag },
      });
      expect(answer.status, tag).to.equal(412);
      expect(answer.body.code).to.equal('precondition_failed');
      expect(shop.things.get(KNOWN)?.name).to.equal('Lamp');
    }
  });

  it('Conditional requests change nothing when If-None-Match names the current version, or any', async () => {
    for (const headers of [
      { 'If-None-Match': '"3"' },
      { 'If-None-Match': '"1", W/"3-gzip"' },
      { 'If-None-Match': '*' },
      { 'If-None-Match': '"3"', 'If-Match': '"3"' },
      { 'If-None-Match': '*', 'If-Match': '*' },
    ]) {
      const answer = await shop.client.patch(`/things/${KNOWN}`, {
        token: 'admin',
        json: { name: 'Other' },
        headers,
      });
      expect(answer.status, JSON.stringify(headers)).to.equal(412);
      expect(shop.things.get(KNOWN)?.name).to.equal('Lamp');
    }
  });

  it('Conditional requests change the resource when If-None-Match names other versions only', async () => {
    const headers = { 'If-None-Match': '"2", "no version"' };
    const answer = await shop.client.patch(`/things/${KNOWN}`, { token: 'admin', headers });
    expect(answer.status).to.equal(200);
    expect(answer.headers['etag']).to.equal('"4"');
  });

  it('Conditional requests change the resource when one of the tags is its own, or If-Match is * or absent', async () => {
    for (const [tag, version] of [
      ['"1", "4"', 5],
      ['W/"5"', 6], // nginx makes tags of compressed responses weak
      ['"6-gzip"', 7], // so does Apache in its own way
      ['"7-zstd"', 8],
      ['*', 9],
      [undefined, 10],
    ] as const) {
      const answer = await shop.client.patch(`/things/${KNOWN}`, {
        token: 'admin',
        headers: tag === undefined ? {} : { 'If-Match': tag },
      });
      expect(answer.status, tag).to.equal(200);
      expect(answer.headers['etag']).to.equal(`"${String(version)}"`);
    }
  });

  it('Conditional requests for a missing resource receive 404 rather than 412', async () => {
    const path = '/things/0190a0a0-0000-7000-8000-00000000dead';
    const answer = await shop.client.patch(path, { token: 'admin', headers: { 'If-Match': '"nonsense"' } });
    expect(answer.status).to.equal(404);
  });

  it('An entity-tag names a version in one spelling only', () => {
    expect(parseVersionTag(versionTag(12))).to.equal(12);
    for (const tag of ['', '012', '1.0', '1e3', ' 1', '0x1', '9007199254740993']) {
      expect(parseVersionTag(tag), tag).to.equal(null);
    }
  });

  it('Conditional requests may contain entity-tags with commas', () => {
    expect(matchesNone('"a,b", "c"', '"a,b"')).to.equal(true);
    expect(matchesNone('"a,b"', '"b"')).to.equal(false);
    const asked = { ifMatch: '"a,b","c"', ifNoneMatch: '' };
    expect(expectedVersion(asked, (tag) => tag.length)).to.deep.equal({ oneOf: [3, 1] });
  });
});
