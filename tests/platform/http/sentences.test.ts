import { expect } from 'chai';
import { parameterSentence, sentence, type Path } from '#src/platform/http/routes/sentences.js';

const told = (path: Path, detail: string): string => sentence({ path, detail });

describe('What is wrong with a field', () => {
  it('The sentence about an invalid field contains the field’s name in words', () => {
    expect(told(['postalCode'], 'must not be empty')).to.equal('The postal code must not be empty.');
    expect(told(['email'], 'must be text')).to.equal('The e-mail address must be text.');
    expect(told(['imageUrl'], 'must be a URL')).to.equal('The image URL must be a URL.');
    expect(told(['shippingAddress', 'line1'], 'must be text')).to.equal('The line 1 must be text.');
  });

  it('The sentence about a missing field has the article of its name', () => {
    expect(told(['name'], 'is required')).to.equal('A name is required.');
    expect(told(['email'], 'is required')).to.equal('An e-mail address is required.');
    expect(told(['username'], 'is required')).to.equal('A username is required.');
    expect(told(['unitPrice'], 'is required')).to.equal('A unit price is required.');
    expect(told(['lines'], 'is required')).to.equal('Some lines are required.');
    expect(told(['address'], 'is required')).to.equal('An address is required.');
  });

  it('The sentence about an invalid item contains its place, counted from one', () => {
    expect(told(['tags', 0], 'must be text')).to.equal('Item 1 must be text.');
    expect(told(['lines', 1, 'quantity'], 'must be at most 5')).to.equal(
      'The quantity of item 2 must be at most 5.',
    );
  });

  it('The sentence about an invalid body speaks of the body as a whole', () => {
    expect(told([], 'must be an object')).to.equal('The body must be an object.');
    expect(told([], 'is required')).to.equal('The body is required.');
  });

  it('The sentence about an invalid field repeats no more than the beginning of a name that the client has made up', () => {
    expect(told(['isAdmin'], 'is not known')).to.equal('There is no field isAdmin here.');
    expect(told(['x'.repeat(1000)], 'is not known')).to.equal(`There is no field ${'x'.repeat(64)} here.`);
    expect(told([`${'x'.repeat(63)}😀`], 'is not known').isWellFormed()).to.equal(true);
    expect(parameterSentence({ path: ['colour'], detail: 'is not known' })).to.equal(
      'There is no parameter colour here.',
    );
  });
});
