import { expect } from 'chai';
import type { EmailKey } from '#src/kernel/email-address.js';
import { catalogTables } from '#src/contexts/catalog/adapters/sequelize/catalog-tables.js';
import type { Category } from '#src/contexts/catalog/domain/category.js';
import { StockLevel } from '#src/contexts/catalog/domain/stock.js';
import type { User } from '#src/contexts/accounts/domain/user.js';
import type { Persistence } from '#src/main/persistence/persistence.js';
import { sequelizePersistence } from '#src/main/persistence/sequelize-persistence.js';
import type { Keyless } from '#src/platform/database/rebuild-keys.js';
import { changeSetting, readSetting } from '#src/platform/database/shop-settings.js';
import { anEmail, aUser } from '../support/builders/accounts.js';
import { aCategory, aProduct } from '../support/builders/catalog.js';
import { aCustomer } from '../support/builders/customers.js';
import { next, outcomeOf, rejectionOf } from '../support/contract-tools.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { newId } from '../support/builders/ids.js';
import { interruptAfter } from '../platform/database/interrupt.js';
import { USD } from '../support/persistences.js';

const EARLY = new Date('2026-01-01T00:00:00.000Z');
const LATE = new Date('2026-02-01T00:00:00.000Z');

/** As the version before has stored an address: any text, under its lower case. */
const before = (email: string, given: Partial<User> = {}): User =>
  aUser({ email, emailKey: email.toLowerCase() as EmailKey, ...given });

onEverySqlDatabase('Keys that an earlier version has stored', (name) => {
  let database: OpenDatabase;
  let shop: Persistence;
  let told: Keyless[];
  beforeEach(async () => {
    database = await openSqlDatabase(name);
    told = [];
    shop = sequelizePersistence(database.sequelize, USD, undefined, {
      onMigrated: () => undefined,
      onKeyless: (keyless) => told.push(keyless),
    });
  });
  afterEach(() => database.close());

  const store = (...users: readonly User[]): Promise<void> =>
    shop.transact(async (repositories) => {
      for (const user of users) await repositories.users.add(user);
    });
  const found = async (email: string): Promise<string | undefined> =>
    (await shop.outside.users.findByEmail(anEmail(email).key))?.id;
  const read = async ({ id }: User): Promise<User | null> => shop.outside.users.find(id);

  it('Keys that an earlier version has stored are computed anew by the first start of this one, and by no later start', async () => {
    const ida = before('Ida@Bücher.example');
    await store(ida);
    expect(await found(ida.email)).to.equal(undefined);
    await shop.prepare();
    expect(await found('ida@xn--bcher-kva.example')).to.equal(ida.id);
    expect(await read(ida)).to.deep.equal({
      ...ida,
      email: 'Ida@bücher.example',
      emailKey: 'ida@xn--bcher-kva.example',
    });
    const later = before('zoë@bücher.example');
    await store(later);
    await shop.prepare();
    expect(await read(later)).to.deep.equal(later);
    expect(await shop.rebuildKeys()).to.deep.equal([]);
    expect(await found(later.email)).to.equal(later.id);
  });

  it('Keys that an earlier version has stored find a mailbox that was given with invisible characters, which has to be verified anew', async () => {
    const zoe = before('zoe\u200b@exa\u00admple.org', { emailVerifiedAt: EARLY });
    const profile = aCustomer({ id: zoe.id, name: 'Zoe', email: zoe.email });
    await store(zoe);
    await shop.transact(({ customers }) => customers.add(profile));
    await shop.prepare();
    expect(await found('zoe@example.org')).to.equal(zoe.id);
    expect(await read(zoe)).to.include({ email: 'zoe@example.org', emailVerifiedAt: null });
    const search = { text: 'zoe@example.org' };
    const { items } = await shop.outside.customers.list(search, { limit: 10, after: null });
    expect(items).to.deep.equal([{ ...profile, email: 'zoe@example.org' }]);
  });

  it('Keys that an earlier version has stored are the older account’s when two have one mailbox; the other stays, without a key, and is reported', async () => {
    // The older one’s new key is what the other one has now.
    const older = before('ida@bücher.example', { createdAt: EARLY });
    const other = before('ida@xn--bcher-kva.example', { createdAt: LATE, username: 'ida' });
    await store(other, older);
    await shop.prepare();
    expect(await found('ida@bücher.example')).to.equal(older.id);
    expect(await read(other)).to.deep.equal({ ...other, emailKey: other.id });
    expect((await shop.outside.users.findByUsername('ida'))?.id).to.equal(other.id);
    expect(told).to.deep.equal([{ table: 'users', ids: [other.id] }]);
    expect(await shop.rebuildKeys()).to.deep.equal(told);
  });

  it('Keys that an earlier version has stored are the account’s whose address is verified, however late it came', async () => {
    const older = before('ida@xn--bcher-kva.example', { createdAt: EARLY });
    const verified = before('ida@bücher.example', { createdAt: LATE, emailVerifiedAt: LATE });
    await store(older, verified);
    await shop.prepare();
    expect(await found('ida@bücher.example')).to.equal(verified.id);
    expect(told).to.deep.equal([{ table: 'users', ids: [older.id] }]);
  });

  it('Keys that an earlier version has stored are one account’s of three that have one mailbox', async () => {
    const three = [
      before('ida@BÜCHER.example', { emailKey: 'ida@bücher.example' as EmailKey, createdAt: LATE }),
      before('ida\u200b@bücher.example', { createdAt: EARLY }),
      before('ida@xn--bcher-kva.example', { createdAt: LATE }),
    ];
    await store(...three);
    await shop.prepare();
    expect(await found('ida@bücher.example')).to.equal(three[1]?.id);
    const others = [three[0]?.id ?? '', three[2]?.id ?? ''].sort();
    expect(told).to.deep.equal([{ table: 'users', ids: others }]);
  });

  it('Keys that an earlier version has stored are each account’s own where two hold each other’s', async () => {
    const ada = aUser({ email: 'ada@example.org', emailKey: 'bob@example.org' as EmailKey, createdAt: LATE });
    const bob = aUser({
      email: 'bob@example.org',
      emailKey: 'ada@example.org' as EmailKey,
      createdAt: EARLY,
    });
    await store(ada, bob);
    await shop.prepare();
    expect([await found(ada.email), await found(bob.email)]).to.deep.equal([ada.id, bob.id]);
    expect(told).to.deep.equal([]);
  });

  it('Keys that an earlier version has stored come to the account that is left, once the other is gone or has another address', async () => {
    const older = before('ida@bücher.example', { createdAt: EARLY });
    const other = before('ida@xn--bcher-kva.example', { createdAt: LATE });
    await store(older, other);
    await shop.prepare();
    await shop.transact(({ users }) => users.remove(older));
    expect(await shop.rebuildKeys()).to.deep.equal([]);
    expect(await found('ida@bücher.example')).to.equal(other.id);
  });

  it('Keys that an earlier version has stored stay as they are where mail can’t be sent to what is stored', async () => {
    const odd = before('\u{1f600}@example.org');
    await store(odd);
    await shop.prepare();
    expect(await read(odd)).to.deep.equal(odd);
    expect(told).to.deep.equal([{ table: 'users', ids: [odd.id] }]);
  });

  it('Keys that an earlier version has stored are computed by one of several processes that start at once, in more than one batch', async () => {
    const users = Array.from({ length: 210 }, (_, n) => before(`ida-${n}@bücher.example`));
    await store(...users);
    const others = [1, 2].map(() => sequelizePersistence(database.another(), USD));
    await Promise.all([shop, ...others].map((each) => each.prepare()));
    const all = await Promise.all(users.map(({ email }) => found(email)));
    expect(all).to.deep.equal(users.map(({ id }) => id));
    expect(told).to.deep.equal([]);
  });

  it('Keys that an earlier version has stored are computed anew from the start when a start was interrupted', async () => {
    const users = ['ada', 'bob', 'eve'].map((who) => before(`${who}@bücher.example`));
    await store(...users);
    const dying = database.another();
    let updates = 0;
    interruptAfter(dying, (sql) => /UPDATE .?users/.test(sql) && (updates += 1) === 2);
    expect(await rejectionOf(sequelizePersistence(dying, USD).prepare())).to.match(/^interrupted/);
    expect(updates).to.equal(2);
    await shop.prepare();
    expect(await Promise.all(users.map(({ email }) => found(email)))).to.deep.equal(
      users.map(({ id }) => id),
    );
  });

  it('Keys that an earlier version has stored are those of the catalogue too: what is stored is found and sorted as what comes later', async () => {
    const named = (title: string) => aProduct({ name: title, description: 'Größe 3' });
    const products = [named('Zitrone'), named('Ähre'), named('Fußmatte')];
    await shop.transact(async (repositories) => {
      for (const product of products) {
        await repositories.products.add(product);
        await repositories.stock.add(StockLevel.open(product.id, 0));
      }
    });
    const { products: table, words } = catalogTables(database.sequelize);
    await words.model.destroy({ where: {} });
    await words.model.create({ word: 'stale', productId: products[0]?.id ?? aProduct().id });
    // As the version before has made them, which knew of lower case only.
    for (const { id, name: title } of products)
      await table.model.update(
        { nameKey: title.toLowerCase(), searchKey: `${title} größe 3`.toLowerCase() },
        { where: { id } },
      );
    await shop.prepare();
    const list = async (text: string): Promise<readonly string[]> => {
      const { items } = await shop.outside.products.list({ text }, 'name', { limit: 10, after: null });
      return items.map(({ product }) => product.name);
    };
    expect(await list('GROSSE')).to.deep.equal(['Ähre', 'Fußmatte', 'Zitrone']);
    expect(await list('fussmatte')).to.deep.equal(['Fußmatte']);
    const stored = await words.model.findAll({ where: { word: ['stale', 'zitrone'] } });
    expect(stored.map((row) => row.get('word'))).to.deep.equal(['zitrone']);
    expect((await shop.outside.products.find(products[0]?.id ?? newId()))?.version).to.equal(1);
  });

  it('Keys that an earlier version has stored leave the older of two categories its name, and the other one what it has', async () => {
    const older = aCategory({ name: 'Groß', createdAt: EARLY });
    const other = aCategory({ name: 'GROSS', createdAt: LATE });
    const { categories: table } = catalogTables(database.sequelize);
    await shop.transact(async ({ categories }) => {
      await categories.add({ ...other, name: 'one name' });
      await categories.add({ ...older, name: 'another' });
    });
    await table.model.update({ name: 'Groß', nameKey: 'groß' }, { where: { id: older.id } });
    await table.model.update({ name: 'GROSS', nameKey: 'gross' }, { where: { id: other.id } });
    await shop.prepare();
    expect(told).to.deep.equal([{ table: 'categories', ids: [other.id] }]);
    expect((await shop.outside.categories.find(other.id))?.name).to.equal('GROSS');
    const rename = (category: Category, title: string) =>
      outcomeOf(shop.transact(({ categories }) => categories.update(next({ ...category, name: title }))));
    expect(await rename(other, 'GROSS')).to.equal('category_exists');
    expect(await rename(other, 'Large')).to.equal('done');
    expect(await shop.rebuildKeys()).to.deep.equal([]);
  });

  it('Keys that an earlier version has stored keep a shop closed whose keys are those of a later version', async () => {
    await shop.prepare();
    expect(Number(await readSetting(database.sequelize, 'stored_keys'))).to.be.greaterThan(0);
    await changeSetting(database.sequelize, 'stored_keys', '99');
    expect(await rejectionOf(shop.prepare())).to.match(/of a later version of Portico/);
  });
});
