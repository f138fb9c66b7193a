import { expect } from 'chai';
import { onEverySqlDatabase, type SqlDatabaseName } from '../support/databases.js';
import { STORES, withLab, type Store } from './lab.js';
import { logIn, needsToken, openClient, ROUTES, userOf, WORKLOADS, type Target } from './workloads.js';

/** Visits each route twice, since an answer may depend on an earlier one; returns what the answers were like. */
const visitAll = async (target: Target): Promise<Readonly<Record<string, readonly string[]>>> => {
  const found: Record<string, readonly string[]> = {};
  for (const route of ROUTES) {
    const notes: string[] = [];
    const client = openClient(target, userOf(route, 0), (note) => notes.push(note));
    try {
      if (needsToken(route)) await logIn(client);
      for (const n of [0, 1]) await WORKLOADS[route].visit(client, n);
    } finally {
      client.close();
    }
    found[route] = notes;
  }
  return found;
};

const storeOf = (name: SqlDatabaseName): Store => {
  const found = Object.entries(STORES).find(([, each]) => each === name);
  return found?.[0] as Store;
};

onEverySqlDatabase('The servers that the bench compares', (name) => {
  it('answer every route, the hand-tuned one as Portico does in status, headers and shape', async () => {
    await withLab({ store: storeOf(name), starts: 1, say: () => undefined }, async ({ targets }) => {
      const answers = new Map<string, Readonly<Record<string, readonly string[]>>>();
      for (const [server, target] of targets) answers.set(server, await visitAll(target));
      expect(answers.get('hand-tuned')).to.deep.equal(answers.get('Portico'));
      const others = name === 'SQLite' ? [] : Object.keys(answers.get('tutorial') ?? {});
      expect(others).to.deep.equal(name === 'SQLite' ? [] : ROUTES);
    });
  });
});
