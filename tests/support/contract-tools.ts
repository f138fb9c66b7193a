import { expect } from 'chai';
import { type DomainError, isDomainError } from '#src/kernel/errors.js';
import type { Page, PageRequest, Position } from '#src/kernel/page.js';
import type { Transact } from '#src/kernel/transact.js';
import type { OpenSubject, Subject } from './subject.js';

/** Opens a subject before the suite's first test and closes it after its last; to be asked for inside tests. */
export const openedSubject = <Ports>(
  open: OpenSubject<Ports>,
  connections: number,
): (() => Subject<Ports>) => {
  let subject: Subject<Ports> | undefined;
  before(async () => {
    subject = await open({ connections });
  });
  after(() => subject?.close());
  return () => {
    if (subject === undefined) throw new Error('the subject is opened by the first test');
    return subject;
  };
};

/**
 * How the work ended: `done`, or the code of its refusal; lets bugs and outages through. A `stale_write` is best asked for
 * inside `transact`, which would otherwise run the work again and again.
 */
export const outcomeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'done';
  } catch (error) {
    if (isDomainError(error)) return error.code;
    throw error;
  }
};

/** The code with which the work is refused; fails when it is not. */
export const refusalOf = async (work: Promise<unknown>): Promise<string> => {
  const outcome = await outcomeOf(work);
  return outcome === 'done' ? expect.fail('expected a refusal') : outcome;
};

/** The refusal that `act` throws; fails when it does not, and lets bugs through. */
export const refusal = (act: () => unknown): DomainError => {
  try {
    act();
  } catch (error) {
    if (isDomainError(error)) return error;
    throw error;
  }
  return expect.fail('expected a refusal');
};

/** The message with which the work rejects, be it a bug's; fails when it does not. */
export const rejectionOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => expect.fail('expected a rejection'),
    (reason: unknown) => (reason instanceof Error ? reason.message : String(reason)),
  );

/**
 * How the work ended in a transaction of its own, which is rolled back after a refusal and, unlike others, not run again
 * when that was `stale_write`.
 */
export const outcomeOnce = async <Ports>(
  transact: Transact<Ports>,
  work: (ports: Ports) => Promise<unknown>,
): Promise<string> => {
  let outcome = '';
  const refused = new Error('refused');
  const run = transact(async (ports) => {
    outcome = await outcomeOf(work(ports));
    if (outcome !== 'done') throw refused;
  });
  await run.catch((error: unknown) => {
    if (error !== refused) throw error;
  });
  return outcome;
};

/** An aggregate as its next change would make it, as far as its version goes. */
export const next = <Aggregate extends { readonly version: number }>(aggregate: Aggregate): Aggregate => ({
  ...aggregate,
  version: aggregate.version + 1,
});

/** The codes of those that were refused; lets bugs and outages through. */
export const refusalsOf = (results: readonly PromiseSettledResult<unknown>[]): readonly string[] =>
  results.flatMap((result) => {
    if (result.status === 'fulfilled') return [];
    if (isDomainError(result.reason)) return [result.reason.code];
    throw result.reason;
  });

/** What became of works of which each tried to be the one that succeeds: `{ done: 1, stale_write: 19 }`. */
export const tally = (outcomes: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...new Set(outcomes)].map((each) => [each, outcomes.filter((outcome) => outcome === each).length]),
  );

/** Something that tests wait for instead of sleeping: `opened` resolves once `open` was called. */
export const gate = (): { readonly opened: Promise<void>; readonly open: () => void } => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
};

/** Reads a list to its end, page by page; `between` runs after each page but the last. */
export const walk = async <Item>(
  list: (page: PageRequest) => Promise<Page<Item>>,
  limit: number,
  between: (pagesRead: number) => Promise<void> = () => Promise.resolve(),
): Promise<readonly Item[]> => {
  const seen: Item[] = [];
  let after: Position | null = null;
  for (let pagesRead = 1; ; pagesRead += 1) {
    const page: Page<Item> = await list({ limit, after });
    expect(page.items.length).to.be.at.most(limit);
    seen.push(...page.items);
    if (page.next === null) return seen;
    // Consumers carry it from page to page as text.
    after = JSON.parse(JSON.stringify(page.next)) as Position;
    await between(pagesRead);
  }
};
