import { v7 } from 'uuid';
import type { Category } from '#src/contexts/catalog/domain/category.js';
import { Import } from '#src/contexts/catalog/domain/import.js';
import type { Product } from '#src/contexts/catalog/domain/product.js';
import type { Reservation } from '#src/contexts/catalog/domain/reservation.js';
import type { StockMovement } from '#src/contexts/catalog/domain/stock.js';
import type { NewId } from '#src/kernel/ids.js';
import { Money } from '#src/kernel/money.js';

const newId: NewId = () => v7() as never; // as whatever brand is asked for

const USD = { code: 'USD', digits: 2 };
const AT = new Date('2026-01-31T12:00:00.123Z');

export const dollars = (major: number): Money => Money.of(Math.round(major * 100), USD);

export const aCategory = (given: Partial<Category> = {}): Category => {
  const id = given.id ?? newId<Category['id']>();
  return {
    id,
    name: `Category ${id}`,
    description: 'Things of one kind',
    version: 1,
    createdAt: AT,
    updatedAt: AT,
    ...given,
  };
};

export const aProduct = (given: Partial<Product> = {}): Product => ({
  id: newId<Product['id']>(),
  sku: null,
  name: 'Enamel mug',
  description: 'Holds 350 ml',
  price: dollars(19.99),
  categoryId: null,
  imageUrl: null,
  version: 1,
  createdAt: AT,
  updatedAt: AT,
  ...given,
});

export const aMovement = (given: Partial<StockMovement> = {}): StockMovement => ({
  id: newId<StockMovement['id']>(),
  productId: newId<Product['id']>(),
  sequence: 1,
  delta: 5,
  reason: 'adjustment',
  note: null,
  orderId: null,
  balance: 5,
  createdAt: AT,
  ...given,
});

/** An import that runs, and has applied nothing. */
export const anImport = (given: Partial<Import> = {}): Import => {
  const at = given.createdAt ?? AT;
  const received = Import.receive({ id: newId<Import['id']>(), format: 'csv', requestedBy: newId() }, at);
  return { ...Import.run(received, at), ...given };
};

export const aReservation = (given: Partial<Reservation> = {}): Reservation => ({
  orderId: newId<Reservation['orderId']>(),
  state: 'reserved',
  lines: [{ productId: newId(), quantity: 2, sku: null, name: 'Enamel mug', unitPrice: dollars(19.99) }],
  expiresAt: new Date(AT.getTime() + 60_000),
  version: 1,
  createdAt: AT,
  updatedAt: AT,
  ...given,
});
