import { Money } from '#src/kernel/money.js';
import type { Currency } from '#src/kernel/money.js';
import { sortKey } from '#src/kernel/text.js';
import type { Category, CategoryId } from '../domain/category.js';
import { productCreated, productUpdated } from '../domain/events.js';
import type { ImportCounts, ImportId, ImportRow, RowError, RowProblem } from '../domain/import.js';
import { Product, type ProductContent } from '../domain/product.js';
import { skuKey } from '../domain/sku.js';
import { StockLevel } from '../domain/stock.js';
import type { ProductId } from '#src/kernel/ids.js';
import type { CatalogPorts } from './ports.js';
import { recordMovements } from './record-movements.js';

type Done = Omit<ImportCounts, 'rows'>;

/** What has become of some rows. */
export interface Applied extends Done {
  readonly errors: readonly RowError[];
}

const NONE: Applied = { created: 0, updated: 0, unchanged: 0, refused: 0, errors: [] };

const add = (one: Applied, other: Applied): Applied => ({
  created: one.created + other.created,
  updated: one.updated + other.updated,
  unchanged: one.unchanged + other.unchanged,
  refused: one.refused + other.refused,
  errors: [...one.errors, ...other.errors],
});

/** Splits rows such that no part has a SKU twice: the second row changes what the first one has made. */
const withoutRepetition = (rows: readonly ImportRow[]): readonly (readonly ImportRow[])[] => {
  const parts: ImportRow[][] = [];
  let seen = new Set<string>();
  for (const row of rows) {
    const key = skuKey(row.sku);
    const last = parts.at(-1);
    if (last === undefined || seen.has(key)) {
      parts.push([row]);
      seen = new Set();
    } else last.push(row);
    seen.add(key);
  }
  return parts;
};

/** What a row says of a product, with its category found. */
interface Wanted {
  readonly row: ImportRow;
  readonly content: Partial<ProductContent>;
  readonly quantity: number | undefined;
}

const problem = (field: string, detail: string): RowProblem => ({ field, detail });

type Categories = (row: ImportRow) => CategoryId | null | undefined | RowProblem;

/** Step: returns what finds the category of a row: undefined if the row names none. */
const findCategories =
  ({ categories }: Pick<CatalogPorts, 'categories'>) =>
  async (rows: readonly ImportRow[]): Promise<Categories> => {
    const ids = rows.flatMap(({ content }) => content.categoryId ?? []);
    const names = rows.flatMap(({ content }) => content.categoryName ?? []);
    const found = await categories.findAll({ ids: [...new Set(ids)], names: [...new Set(names)] });
    const known = new Set(found.map(({ id }) => id));
    const byName = new Map(found.map(({ id, name }: Category) => [sortKey(name), id]));
    return ({ content: { categoryId, categoryName } }) => {
      if (categoryName !== undefined)
        return byName.get(sortKey(categoryName)) ?? problem('category', 'No category has this name.');
      if (categoryId === null || categoryId === undefined || known.has(categoryId)) return categoryId;
      return problem('categoryId', 'No category has this id.');
    };
  };

const isProblem = (found: CategoryId | null | undefined | RowProblem): found is RowProblem =>
  typeof found === 'object' && found !== null;

const refused = ({ line, sku }: ImportRow, problems: readonly RowProblem[]): RowError => ({
  line,
  sku,
  problems,
});

/** The whole content of a new product, or what its row lacks. */
const wholeContent = ({ row, content }: Wanted): ProductContent | readonly RowProblem[] => {
  const { name, price } = content;
  if (name === undefined || price === undefined)
    return [
      ...(name === undefined ? [problem('name', 'The name is required for a new product.')] : []),
      ...(price === undefined ? [problem('price', 'The price is required for a new product.')] : []),
    ];
  const { description = '', categoryId = null, imageUrl = null } = content;
  return { sku: row.sku, name, price, description, categoryId, imageUrl };
};

const isSame = (one: unknown, other: unknown): boolean =>
  one === other ||
  (typeof one === 'object' && typeof other === 'object' && one !== null && other !== null
    ? Money.equals(one as Money, other as Money)
    : false);

/** Returns whether a product would differ. The SKU is compared as it is written, since the row may write it in other letters. */
const differs = (product: Product, content: Partial<ProductContent>): boolean =>
  Object.entries(content).some(([field, value]) => !isSame(product[field as keyof ProductContent], value));

const isProblems = (made: ProductContent | readonly RowProblem[]): made is readonly RowProblem[] =>
  Array.isArray(made);

const byId = (one: { readonly id: string }, other: { readonly id: string }): number =>
  one.id < other.id ? -1 : 1;

/** Step: creates products with their first stock. */
const create =
  (ports: CatalogPorts) =>
  async (contents: readonly (readonly [ProductContent, quantity: number])[], note: string): Promise<void> => {
    if (contents.length === 0) return;
    const { products, stock, events, newId, now } = ports;
    const at = now();
    const made = contents.map(([content, quantity]) => {
      const product = Product.create(newId<ProductId>(), content, at);
      return { product, level: StockLevel.open(product.id, quantity) };
    });
    await products.addAll(made.map(({ product }) => product));
    await events.append(...made.map(({ product }) => productCreated(product)));
    await stock.addAll(made.map(({ level }) => level));
    const filled = made.map(({ level }) => level).filter(({ quantity }) => quantity > 0);
    const moves = filled.map(({ productId, quantity }) => ({ productId, delta: quantity }));
    if (filled.length > 0) await recordMovements(ports)(moves, filled, { reason: 'initial', note });
  };

/** Step: sets stock to what was counted. The levels are locked. */
const recount =
  (ports: CatalogPorts) =>
  async (
    levels: readonly StockLevel[],
    counted: ReadonlyMap<ProductId, number>,
    note: string,
  ): Promise<void> => {
    const moved = levels.flatMap((level) => {
      const delta = (counted.get(level.productId) ?? level.quantity) - level.quantity;
      const after = delta === 0 ? null : StockLevel.move(level, delta);
      return after === null ? [] : [{ after, delta }];
    });
    if (moved.length === 0) return;
    const after = moved.map((each) => each.after);
    await ports.stock.update(after);
    const moves = moved.map(({ after: { productId }, delta }) => ({ productId, delta }));
    await recordMovements(ports)(moves, after, { reason: 'edit', note });
  };

/**
 * Step: returns the products of rows by the keys of their SKUs, and the levels of those that were counted, locked. The stock is locked
 * before the products are read, as an edit does: a product that is deleted meanwhile is not counted.
 */
const findProducts =
  ({ products, stock }: Pick<CatalogPorts, 'products' | 'stock'>) =>
  async (rows: readonly ImportRow[]) => {
    const find = async (): Promise<ReadonlyMap<string, Product>> => {
      const all = await products.findBySkus(rows.map(({ sku }) => sku));
      return new Map(all.map((product) => [skuKey(product.sku ?? ''), product]));
    };
    const found = await find();
    const counted = rows.flatMap(({ sku, content }) =>
      content.quantity === undefined ? [] : (found.get(skuKey(sku))?.id ?? []),
    );
    if (counted.length === 0) return { found, levels: [] };
    const levels = await stock.lock(counted);
    return { found: await find(), levels };
  };

/** Step: applies rows of which no two have the same SKU. */
const applyPart =
  (ports: CatalogPorts, currency: Currency) =>
  async (rows: readonly ImportRow[], note: string): Promise<Applied> => {
    const { products, events, now } = ports;
    const categoryOf = await findCategories(ports)(rows);
    const { found, levels } = await findProducts(ports)(rows);
    const errors: RowError[] = [];
    const added: (readonly [ProductContent, quantity: number])[] = [];
    const edits: { readonly before: Product; readonly content: Partial<ProductContent> }[] = [];
    const counted = new Map<ProductId, number>();
    for (const row of rows) {
      const { categoryName: _name, categoryId: _id, priceMinor, quantity, ...texts } = row.content;
      const category = categoryOf(row);
      if (isProblem(category)) {
        errors.push(refused(row, [category]));
        continue;
      }
      const content: Partial<ProductContent> = {
        ...texts,
        ...(priceMinor !== undefined && { price: Money.of(priceMinor, currency) }),
        ...(category !== undefined && { categoryId: category }),
      };
      const before = found.get(skuKey(row.sku));
      if (before !== undefined) {
        edits.push({ before, content });
        if (quantity !== undefined) counted.set(before.id, quantity);
        continue;
      }
      const whole = wholeContent({ row, content, quantity });
      if (isProblems(whole)) errors.push(refused(row, whole));
      else added.push([whole, quantity ?? 0]);
    }
    const recounted = new Set(
      levels
        .filter(({ productId, quantity }) => (counted.get(productId) ?? quantity) !== quantity)
        .map(({ productId }) => productId),
    );
    const at = now();
    const edited = edits
      .filter(({ before, content }) => differs(before, content))
      .map(({ before, content }) => ({ before, product: Product.edit(before, content, at) }))
      .sort((one, other) => byId(one.product, other.product));
    await products.updateAll(edited);
    await events.append(...edited.map(({ product }) => productUpdated(product)));
    await recount(ports)(levels, counted, note);
    await create(ports)(added, note);
    const changed = new Set([...edited.map(({ product }) => product.id), ...recounted]);
    return {
      created: added.length,
      updated: changed.size,
      unchanged: edits.length - changed.size,
      refused: errors.length,
      errors,
    };
  };

/**
 * Step: creates and updates products, found by their SKUs, as rows of a file say. Rows that can't be applied are returned, and the others
 * are. Fails with `stale_write` when another transaction was faster.
 */
export const applyRows =
  (ports: CatalogPorts, currency: Currency) =>
  async (id: ImportId, rows: readonly ImportRow[]): Promise<Applied> => {
    let applied = NONE;
    for (const part of withoutRepetition(rows))
      applied = add(applied, await applyPart(ports, currency)(part, `Import ${id}`));
    return applied;
  };
