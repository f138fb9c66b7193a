import { expect } from 'chai';
import { validate, version } from 'uuid';
import { newUuid } from '#src/platform/new-uuid.js';

describe('Ids', () => {
  const ids = Array.from({ length: 10_000 }, () => newUuid());

  it('Ids are UUIDs of version 7, all of them different', () => {
    expect(ids.every((id) => validate(id) && version(id) === 7)).to.equal(true);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it('Ids that a process makes in the same millisecond sort as it has made them', () => {
    expect(ids.toSorted()).to.deep.equal(ids);
  });

  it('Ids end in random bits, also when many are made at once', () => {
    const ends = ids.map((id) => id.slice(-12));
    expect(new Set(ends).size).to.equal(ids.length);
  });
});
