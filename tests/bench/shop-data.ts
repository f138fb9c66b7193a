// A shop of any size, the same one every time: categories, products with stock and ledger, users with profiles, orders with lines.
import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { sortKey } from '#src/kernel/text.js';
import { joinWords } from '#src/kernel/words.js';
import { productWords, searchText } from '#src/contexts/catalog/domain/product-search.js';
import { auditTables } from '#src/contexts/audit/adapters/sequelize/audit-tables.js';
import { catalogTables } from '#src/contexts/catalog/adapters/sequelize/catalog-tables.js';
import { accountTables } from '#src/contexts/accounts/adapters/sequelize/account-tables.js';
import { Customer } from '#src/contexts/customers/domain/customer.js';
import { customerTables } from '#src/contexts/customers/adapters/sequelize/customer-tables.js';
import { orderTables } from '#src/contexts/ordering/adapters/sequelize/order-tables.js';
import type { EmailKey } from '#src/kernel/email-address.js';
import type { Table } from '#src/platform/database/tables.js';
import { idOf as textId } from '../support/large-tables.js';

export interface ShopSize {
  readonly products: number;
  readonly users: number;
  readonly orders: number;
}

export const CATEGORIES = 20;
/** Of everything, so that no measurement runs out of it. */
const STOCK = 100_000_000;
const START = Date.UTC(2026, 0, 1);
/** Every so many of a thing is another one than most: in a thousand these are more than a page of them. */
export const EVERY = 40;
/** Who has placed as many of the orders, and the product that has as many adjustments. */
const REGULAR = 1;
const ADJUSTED = 5;

const idOf = (n: number): never => textId(n) as never; // as whatever brand is asked for

/** A number from 0 to 1 that depends on `n` alone, and looks like chance (the finaliser of MurmurHash3). */
const chance = (n: number): number => {
  let hash = Math.imul(n ^ (n >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
};

const pick = (words: readonly string[], n: number): string =>
  words[Math.floor(chance(n) * words.length)] ?? '';

const KINDS = 'mug bowl plate kettle teapot pan ladle knife board jug tray spoon lamp vase basket jar'.split(
  ' ',
);
const LOOKS =
  'enamel copper oak linen blue green tall round old small heavy plain bright dark fine wide'.split(' ');
const PLACES = 'Lisbon Bergen Kyoto Quito Dakar Turin Gdansk Leeds Oaxaca Tartu Nantes Cork'.split(' ');

export interface SeededProduct {
  readonly name: string;
  readonly description: string;
  /** In cents, 1 to 199.99. */
  readonly priceMinor: number;
  /** From 0. */
  readonly category: number;
  readonly quantity: number;
  readonly createdAt: Date;
}

export const isSoldOut = (n: number): boolean => n % 20 === 7;

/** The product of a number, from 0. */
export const productOf = (n: number): SeededProduct => ({
  name: `${pick(LOOKS, n)} ${pick(KINDS, n + 1e8)} ${String(n)}`,
  description: `A ${pick(LOOKS, n + 2e8)} ${pick(KINDS, n + 3e8)} from ${pick(PLACES, n + 4e8)}, holds ${String(100 + Math.floor(chance(n + 5e8) * 900))} ml and survives the campfire.`,
  priceMinor: 100 + Math.floor(chance(n + 6e8) * 19_900),
  category: n % CATEGORIES,
  quantity: isSoldOut(n) ? 0 : STOCK,
  createdAt: new Date(START + n * 1000),
});

export const emailOf = (n: number): string => `user-${String(n)}@customers.test`;
export const categoryName = (n: number): string => `Category ${String(n + 1)}`;

/** A table and the rows of a number in it. */
interface Rows {
  readonly name: string;
  readonly count: number;
  readonly row: (n: number) => object | readonly object[];
}

const rowsOf = <Row extends object>(
  { name }: Table<Row>,
  count: number,
  row: (n: number) => Row | readonly Row[],
): Rows => ({ name, count, row });

const tablesOf = (sequelize: Sequelize, size: ShopSize, passwordHash: string): readonly Rows[] => {
  const catalog = catalogTables(sequelize);
  const accounts = accountTables(sequelize);
  const customers = customerTables(sequelize);
  const ordering = orderTables(sequelize);
  const at = (n: number) => ({
    createdAt: new Date(START + n * 1000),
    updatedAt: new Date(START + n * 1000),
  });
  const buyer = (n: number): number => (n % EVERY === 0 ? REGULAR : Math.floor(chance(n) * size.users));
  /** As many up as down. */
  const adjustments = 2 * Math.floor(size.products / EVERY / 2);
  const bought = (n: number): number => Math.floor(chance(n + 7e8) * size.products);
  return [
    rowsOf(catalog.categories, CATEGORIES, (n) => {
      const name = categoryName(n);
      return { id: idOf(n), name, nameKey: sortKey(name), description: '', version: 1, ...at(n) };
    }),
    rowsOf(catalog.products, size.products, (n) => {
      const { name, description, priceMinor, category } = productOf(n);
      const sku = `SKU-${String(n)}`;
      return {
        ...{ id: idOf(n), sku, skuKey: sku.toLowerCase(), name, nameKey: sortKey(name), description },
        ...{ searchKey: searchText({ name, description, sku }), priceMinor, categoryId: idOf(category) },
        ...{ imageUrl: null, version: 1, ...at(n), deletedAt: null },
      };
    }),
    rowsOf(catalog.words, size.products, (n) =>
      productWords({ ...productOf(n), sku: `SKU-${String(n)}` }).map((word) => ({
        word,
        productId: idOf(n),
      })),
    ),
    rowsOf(catalog.stock, size.products, (n) => ({
      productId: idOf(n),
      quantity: productOf(n).quantity,
      version: n === ADJUSTED ? 1 + adjustments : 1,
    })),
    rowsOf(catalog.ledger, size.products, (n) => {
      const { quantity, createdAt } = productOf(n);
      const movement = { sequence: 1, delta: quantity, reason: 'initial', balance: quantity } as const;
      return { id: idOf(n), productId: idOf(n), ...movement, note: null, orderId: null, createdAt };
    }),
    rowsOf(catalog.ledger, adjustments, (n) => {
      const [delta, balance] = n % 2 === 0 ? [1, STOCK + 1] : [-1, STOCK];
      const movement = { sequence: n + 2, delta, reason: 'adjustment', balance } as const;
      const id = idOf(size.products + n);
      return {
        id,
        productId: idOf(ADJUSTED),
        ...movement,
        note: null,
        orderId: null,
        createdAt: new Date(START),
      };
    }),
    rowsOf(accounts.users, size.users, (n) => ({
      ...{
        id: idOf(n),
        name: `${pick(PLACES, n)} ${String(n)}`,
        email: emailOf(n),
        emailKey: emailOf(n) as EmailKey,
      },
      ...{
        username: null,
        passwordHash,
        emailVerifiedAt: null,
        role: 'customer' as const,
        disabled: n % EVERY === EVERY - 1,
      },
      ...{ version: 1, ...at(n) },
    })),
    rowsOf(auditTables(sequelize).salts, size.users, (n) => ({
      personId: idOf(n),
      salt: n.toString(16).padStart(64, '0'),
    })),
    rowsOf(customers.customers, size.users, (n) => {
      const [name, email] = [`${pick(PLACES, n)} ${String(n)}`, emailOf(n)];
      return {
        id: idOf(n),
        name,
        email,
        searchKey: joinWords(Customer.words({ name, email })),
        phone: null,
        version: 1,
        ...at(n),
      };
    }),
    rowsOf(customers.words, size.users, (n) =>
      Customer.words({ name: `${pick(PLACES, n)} ${String(n)}`, email: emailOf(n) }).map((word) => ({
        word,
        customerId: idOf(n),
      })),
    ),
    rowsOf(ordering.orders, size.orders, (n) => ({
      ...{
        id: idOf(n),
        number: null,
        customerId: idOf(buyer(n)),
        status: n % EVERY === EVERY - 1 ? ('confirmed' as const) : ('delivered' as const),
        currency: 'USD',
      },
      ...{ totalMinor: productOf(bought(n)).priceMinor, shippingAddress: null, version: 1, ...at(n) },
    })),
    rowsOf(ordering.lines, size.orders, (n) => {
      const { name, priceMinor } = productOf(bought(n));
      const line = { position: 1, name, sku: null, skuKey: null, unitPriceMinor: priceMinor, quantity: 1 };
      return { orderId: idOf(n), productId: idOf(bought(n)), ...line };
    }),
  ];
};

/** Rows of one statement: enough that its cost does not count, few enough for every server's limits. */
const BATCH = 1000;

/** A value as every database reads it. Times are UTC: MariaDB's connections are set to it and know no zone in a text. */
const literal = (value: unknown, dialect: string): string => {
  if (value instanceof Date) {
    const time = value.toISOString().replace('T', ' ').slice(0, -1);
    return `'${dialect === 'mysql' ? time : `${time} +00:00`}'`;
  }
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
};

const ANALYSE: Readonly<Record<string, (table: string) => string>> = {
  mysql: (table) => `ANALYZE TABLE ${table}`,
  postgres: (table) => `VACUUM ANALYZE ${table}`,
};

/** MariaDB builds the indexes of an empty table at the end of the transaction, by sorting, if it may trust the rows. */
const setChecks = async (sequelize: Sequelize, on: boolean, transaction: Transaction): Promise<void> => {
  const value = on ? '1' : '0';
  if (sequelize.getDialect() === 'mysql')
    await sequelize.query(`SET unique_checks = ${value}, foreign_key_checks = ${value}`, { transaction });
};

/** Stores rows in bulk. `name` is that of the table, and `row` has its columns as fields. */
const insertRows = async (sequelize: Sequelize, { name, count, row }: Rows): Promise<void> => {
  const dialect = sequelize.getDialect();
  const quote = (identifier: string): string => sequelize.getQueryInterface().quoteIdentifier(identifier);
  await sequelize.transaction(async (transaction) => {
    await setChecks(sequelize, false, transaction);
    for (let first = 0; first < count; first += BATCH) {
      const rows = Array.from({ length: Math.min(BATCH, count - first) }, (_, i) => row(first + i)).flat();
      const columns = Object.keys(rows[0] ?? {}).map(quote);
      const tuple = (each: object): string =>
        `(${Object.values(each)
          .map((value) => literal(value, dialect))
          .join(', ')})`;
      const sql = `INSERT INTO ${quote(name)} (${columns.join(', ')}) VALUES ${rows.map(tuple).join(', ')}`;
      await sequelize.query(sql, { type: QueryTypes.RAW, transaction });
    }
    await setChecks(sequelize, true, transaction);
  });
  const analyse = ANALYSE[dialect];
  if (analyse !== undefined) await sequelize.query(analyse(quote(name)));
};

/** Fills Portico's tables. Every user has the password of that hash. */
export const fillShop = async (sequelize: Sequelize, size: ShopSize, passwordHash: string): Promise<void> => {
  for (const rows of tablesOf(sequelize, size, passwordHash)) await insertRows(sequelize, rows);
};

/** Fills the tables of the tutorial's server, whose ids begin at 1, with the same categories, products and users. */
export const fillTutorial = async (sequelize: Sequelize, size: ShopSize, password: string): Promise<void> => {
  const at = (n: number) => ({
    createdAt: new Date(START + n * 1000),
    updatedAt: new Date(START + n * 1000),
  });
  const tables: readonly Rows[] = [
    { name: 'Categories', count: CATEGORIES, row: (n) => ({ id: n + 1, name: categoryName(n), ...at(n) }) },
    {
      name: 'Products',
      count: size.products,
      row: (n) => {
        const { name, description, priceMinor, category, quantity } = productOf(n);
        return {
          id: n + 1,
          name,
          description,
          price: priceMinor / 100,
          quantity,
          categoryId: category + 1,
          ...at(n),
        };
      },
    },
    {
      name: 'Users',
      count: size.users,
      row: (n) => ({
        id: n + 1,
        name: `${pick(PLACES, n)} ${String(n)}`,
        email: emailOf(n),
        password,
        ...at(n),
      }),
    },
  ];
  for (const rows of tables) await insertRows(sequelize, rows);
};
