import { expect } from 'chai';
import { errorCatalogue, isDomainError, requireVersion, type ExpectedVersion } from '#src/kernel/errors.js';
import { refusal } from '../support/contract-tools.js';

const fail = errorCatalogue({
  too_late: ['conflict', 'It is too late.'],
  unknown: ['not_found', 'There is no such thing.'],
});

describe('A catalogue of errors', () => {
  it('A catalogue of errors makes errors of its kinds and messages', () => {
    const error = fail('too_late', { since: 1 });
    expect(error).to.be.an('error').with.property('message', 'It is too late.');
    expect(error).to.include({ kind: 'conflict', code: 'too_late' });
    expect(error.details).to.deep.equal({ since: 1 });
    expect(fail('unknown').details).to.deep.equal({});
  });

  it('A catalogue of errors has entries for the documentation, in the order in which they are asked for', () => {
    expect(fail.pick('unknown', 'too_late')).to.deep.equal([
      { kind: 'not_found', code: 'unknown', message: 'There is no such thing.' },
      { kind: 'conflict', code: 'too_late', message: 'It is too late.' },
    ]);
  });

  it('A catalogue of errors makes errors that are recognised by their name, also by a copy of the package', () => {
    const copied = Object.assign(new Error('of a copy'), { name: 'DomainError' });
    expect([fail('unknown'), copied].map(isDomainError)).to.deep.equal([true, true]);
    const others = [new Error('a bug'), { name: 'DomainError' }, undefined];
    expect(others.map(isDomainError)).to.deep.equal([false, false, false]);
  });
});

describe('The version that a caller expects', () => {
  const isAccepted = (expected: ExpectedVersion): boolean => {
    try {
      requireVersion(4, expected);
      return true;
    } catch {
      const { code } = refusal(() => {
        requireVersion(4, expected);
      });
      expect(code).to.equal('precondition_failed');
      return false;
    }
  };

  it('The version that a caller expects is any when none is named', () => {
    expect([undefined, {}].map(isAccepted)).to.deep.equal([true, true]);
  });

  it('The version that a caller expects is one of those that are accepted, of which there may be none', () => {
    const given = [[4], [3, 4], [3], []].map((oneOf) => ({ oneOf }));
    expect(given.map(isAccepted)).to.deep.equal([true, true, false, false]);
  });

  it('The version that a caller expects is none of those that are excluded', () => {
    expect([[3], [4], []].map((noneOf) => isAccepted({ noneOf }))).to.deep.equal([true, false, true]);
    expect(isAccepted({ oneOf: [4], noneOf: [4] })).to.equal(false);
  });
});
