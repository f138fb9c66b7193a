import { expect } from 'chai';
import { lazily, lazyObjects, replacing } from '#src/platform/lazily.js';

interface Members {
  readonly a: { readonly name: string };
  readonly b: { readonly name: string };
}

const forEachMaker = (body: (open: (made: string[]) => Members) => void): void => {
  const member = (made: string[], name: string) => {
    made.push(name);
    return { name };
  };
  const both = (made: string[]) => ({ a: () => member(made, 'a'), b: () => member(made, 'b') });
  describe('Lazy members', () => {
    body((made) => lazily<Members>(both(made)));
  });
  describe('Lazy members of an object from a state', () => {
    body((made) => lazyObjects<Members, string[]>(['a', 'b'], (name, state) => member(state, name))(made));
  });
  describe('Members that replace others', () => {
    body((made) => replacing<Members>({ a: { name: 'a' }, b: { name: 'b' } }, both(made)));
  });
  describe('Members that replace some of others', () => {
    body((made) =>
      replacing(lazyObjects<Members, null>(['a', 'b'], (name) => member(made, name))(null), {
        b: both(made).b,
      }),
    );
  });
};

forEachMaker((open) => {
  it('A member is made once, when it is first used', () => {
    const made: string[] = [];
    const members = open(made);
    expect(made).to.deep.equal([]);
    expect(members.b).to.equal(members.b);
    expect(made).to.deep.equal(['b']);
  });

  it('A copy by a spread has every member', () => {
    const copy = { ...open([]), c: 1 };
    expect(copy).to.deep.equal({ a: { name: 'a' }, b: { name: 'b' }, c: 1 });
  });

  it('The members that a pattern leaves over are there', () => {
    const { a, ...others } = open([]);
    expect(a.name).to.equal('a');
    expect(others).to.deep.equal({ b: { name: 'b' } });
  });

  it('There are no members but those', () => {
    const members = open([]);
    expect('a' in members).to.equal(true);
    expect('then' in members).to.equal(false);
    expect((members as { then?: unknown }).then).to.equal(undefined);
    expect(Object.keys(members)).to.deep.equal(['a', 'b']);
  });
});
