import { expect } from 'chai';
import { applyRows } from '#src/contexts/catalog/application/apply-rows.js';
import { giveUpImports } from '#src/contexts/catalog/application/clear-imports.js';
import { continueImport } from '#src/contexts/catalog/application/continue-import.js';
import {
  cancelImport,
  importProducts,
  type ReadRow,
} from '#src/contexts/catalog/application/import-products.js';
import type { ImportPorts } from '#src/contexts/catalog/application/ports.js';
import type { Import, ImportId, ImportRow } from '#src/contexts/catalog/domain/import.js';
import { Product } from '#src/contexts/catalog/domain/product.js';
import type { AuditLog } from '#src/kernel/audit.js';
import { OPERATOR } from '#src/kernel/actor.js';
import type { CatalogEvent } from '#src/contexts/catalog/domain/events.js';
import type { Transact } from '#src/kernel/transact.js';
import { memoryPersistence } from '#src/main/persistence/memory-persistence.js';
import { rememberingTrail, type Told } from '../support/audit.js';
import { newId } from '../support/builders/ids.js';
import { USD } from '../support/persistences.js';

const AT = new Date('2026-06-01T12:00:00.000Z');
const PATIENT = { throwIfAborted: () => undefined };

const row = (n: number, content: ImportRow['content'] = {}): ReadRow => ({
  row: {
    line: n + 2,
    sku: `S-${String(n)}`,
    content: { name: 'Bowl', priceMinor: 100, quantity: 2, ...content },
  },
});

const from = async function* (rows: readonly ReadRow[]): AsyncGenerator<ReadRow> {
  for (const each of rows) yield await Promise.resolve(each);
};

/** A catalogue in memory, and the events and entries that its transactions leave. */
const catalogue = () => {
  const { transact: stored, outside } = memoryPersistence();
  const events: CatalogEvent[] = [];
  const told: Told[] = [];
  const audit: AuditLog = rememberingTrail(told);
  let now = AT;
  const transact: Transact<ImportPorts & { readonly audit: AuditLog }> = async (work) => {
    const made: CatalogEvent[] = [];
    const result = await stored((repositories) => {
      made.length = 0;
      const append = (...appended: readonly CatalogEvent[]): Promise<void> => {
        made.push(...appended);
        return Promise.resolve();
      };
      return work({ ...repositories, events: { append }, audit, newId, now: () => now });
    });
    events.push(...made);
    return result;
  };
  const start = async (rows: readonly ReadRow[]): Promise<Import> =>
    transact(await importProducts({ transact, newId, now: () => now })(OPERATOR, 'csv', from(rows)));
  const batches = () => events.filter(({ type }) => type.startsWith('import.'));
  const deliver = (id: ImportId, version: number, signal: { throwIfAborted: () => void } = PATIENT) =>
    continueImport({ transact, currency: USD })(id, version, signal);
  const shown = async (id: ImportId): Promise<Import> =>
    (await outside.imports.find(id)) ?? expect.fail('the import is gone');
  /** Delivers events until there are none. */
  const finish = async (id: ImportId): Promise<Import> => {
    for (let [at, next] = [0, batches()[0]]; next !== undefined; at += 1, next = batches()[at])
      await deliver(id, next.version);
    return shown(id);
  };
  const products = async () =>
    (await outside.products.list({}, 'createdAt', { limit: 10_000, after: null })).items;
  const ledger = async () => {
    const all = await products();
    const pages = all.map(({ product }) => outside.stock.movements(product.id, { limit: 10, after: null }));
    return (await Promise.all(pages)).flatMap(({ items }) =>
      items.map(({ delta, reason }) => `${reason} ${delta}`),
    );
  };
  return {
    ...{ transact, outside, events, told, start, batches, deliver, shown, finish, products, ledger },
    pass: (ms: number) => {
      now = new Date(now.getTime() + ms);
    },
  };
};

const many = (count: number): readonly ReadRow[] => Array.from({ length: count }, (_, n) => row(n));

describe('An import that runs', () => {
  it('An import that runs applies five chunks for each event, and appends the event of the next ones', async () => {
    const shop = catalogue();
    const { id } = await shop.start(many(2_050));
    const done = await shop.finish(id);
    expect(done).to.include({ status: 'finished', rows: 2_050, created: 2_050 });
    expect(shop.batches().map(({ type, version }) => [type, version])).to.deep.equal([
      ['import.started', 2],
      ['import.continued', 3],
      ['import.continued', 4],
    ]);
    expect(shop.events.filter(({ type }) => type === 'product.created')).to.have.length(2_050);
  });

  it('An import that runs applies each row once when its event is delivered again, twice at once, and after another one', async () => {
    const shop = catalogue();
    const { id, version } = await shop.start(many(900));
    await Promise.all([shop.deliver(id, version), shop.deliver(id, version)]);
    await shop.deliver(id, version);
    await shop.deliver(id, version - 1);
    const done = await shop.finish(id);
    expect(done).to.include({ status: 'finished', created: 900, updated: 0, unchanged: 0 });
    expect(await shop.products()).to.have.length(900);
    expect(new Set(await shop.ledger())).to.deep.equal(new Set(['initial 2']));
    expect(await shop.ledger()).to.have.length(900);
  });

  it('An import that runs goes on after the chunk in which its process died', async () => {
    const shop = catalogue();
    const { id, version } = await shop.start(many(900));
    let looks = 0;
    const dying = {
      throwIfAborted: () => {
        looks += 1;
        if (looks === 3) throw new Error('dead');
      },
    };
    await shop.deliver(id, version, dying).catch(() => undefined);
    expect(await shop.shown(id)).to.include({ status: 'running', created: 400, version });
    expect(await shop.finish(id)).to.include({ status: 'finished', created: 900, unchanged: 0 });
  });

  it('An import that runs applies nothing more once it is cancelled, and tells the audit log once', async () => {
    const shop = catalogue();
    const { id, version } = await shop.start(many(900));
    let looks = 0;
    const cancelling = {
      throwIfAborted: () => {
        looks += 1;
        if (looks === 2) throw new Error('a pause');
      },
    };
    await shop.deliver(id, version, cancelling).catch(() => undefined);
    expect((await shop.transact(cancelImport(OPERATOR, id))).status).to.equal('cancelled');
    await shop.transact(cancelImport(OPERATOR, id));
    await shop.deliver(id, version);
    await shop.deliver(id, version + 1);
    expect(await shop.shown(id)).to.include({ status: 'cancelled', created: 200 });
    expect(await shop.products()).to.have.length(200);
    expect(shop.told.map(({ action }) => action)).to.deep.equal(['import.cancelled']);
  });

  it('An import that runs is cancelled between two of its chunks', async () => {
    const shop = catalogue();
    const { id, version } = await shop.start(many(900));
    const delivered = shop.deliver(id, version);
    await shop.transact(cancelImport(OPERATOR, id));
    await delivered;
    const { status, created } = await shop.shown(id);
    expect(status).to.equal('cancelled');
    expect(created).to.be.below(900);
    expect(await shop.products()).to.have.length(created);
  });

  it('An import of which no row has come for ten minutes is given up, and one that runs is not', async () => {
    const shop = catalogue();
    const running = await shop.start(many(1));
    let go: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => (go = resolve));
    const slow = async function* (): AsyncGenerator<ReadRow> {
      for (const each of many(200)) yield each;
      await waiting;
    };
    const sent = importProducts({ transact: shop.transact, newId, now: () => AT })(OPERATOR, 'csv', slow());
    while ((await shop.outside.imports.countUnfinished(5)) < 2) await Promise.resolve();
    const listed = async () =>
      (await shop.outside.imports.list({ limit: 5, after: null })).items.map(({ status }) => status).sort();
    shop.pass(10 * 60_000);
    const giveUp = (ms: number) =>
      giveUpImports({
        transact: shop.transact,
        imports: shop.outside.imports,
        now: () => new Date(AT.getTime() + ms),
      })();
    await giveUp(10 * 60_000);
    expect(await listed()).to.deep.equal(['receiving', 'running']);
    await giveUp(10 * 60_000 + 1);
    expect(await listed()).to.deep.equal(['failed', 'running']);
    expect((await shop.shown(running.id)).status).to.equal('running');
    go();
    const refused = await sent.then(
      async (work) =>
        shop.transact(work).then(
          () => 'applied',
          (error: unknown) => (error as { code: string }).code,
        ),
      (error: unknown) => (error as { code: string }).code,
    );
    expect(refused).to.equal('import_ended');
  });

  it('An import that runs leaves the stock of a product alone that is deleted at the same time', async () => {
    const shop = catalogue();
    const { id } = await shop.start([row(0)]);
    await shop.finish(id);
    const [found] = await shop.products();
    if (found === undefined) throw new Error('no product');
    const { product } = found;
    const rows = [{ line: 2, sku: 'S-0', content: { quantity: 9 } }];
    await shop.transact(async (ports) => {
      let isDeleted = false;
      const products: typeof ports.products = {
        ...ports.products,
        findBySkus: async (skus) => {
          const before = await ports.products.findBySkus(skus);
          if (!isDeleted) await ports.products.withdraw(Product.withdraw(product, AT));
          isDeleted = true;
          return before;
        },
      };
      const applied = await applyRows({ ...ports, products }, USD)(id, rows);
      expect(applied).to.include({ created: 0, updated: 0, refused: 1 });
    });
    expect((await shop.outside.stock.levels([product.id]))[0]?.quantity).to.equal(2);
  });
});
