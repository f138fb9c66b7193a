import type { ProductId } from '#src/kernel/ids.js';
import type { Currency } from '#src/kernel/money.js';
import type { Route } from '#src/platform/http/routes/route.js';
import { operationRoute, type Operation } from '#src/platform/http/services/operation.js';
import type { ServiceClient } from '#src/platform/http/services/service-client.js';
import { array, boolean, integer, object, string, uuid } from '#src/platform/schema/schema.js';
import type { ProductReader, ProductSummary } from '../../application/ports.js';
import { summariseProducts } from '../../application/queries.js';
import { currencyCode, minorUnits, moneyIn } from './amounts.js';

/** Maximum number of products of a call: those of a cart. */
const MAX_PRODUCTS = 100;

interface SummariesResponse {
  readonly currency: string;
  readonly products: readonly (Omit<ProductSummary, 'price'> & { readonly priceMinor: number })[];
}

const SUMMARISE_PRODUCTS: Operation<{ readonly ids: readonly ProductId[] }, SummariesResponse> = {
  name: 'summariseProducts',
  summary: 'Summarise products',
  request: object('SummariseProductsRequest', { ids: array(uuid<ProductId>(), { max: MAX_PRODUCTS }) }),
  response: object('SummariseProductsResponse', {
    currency: currencyCode(),
    products: array(
      object('ProductSummary', {
        id: uuid<ProductId>(),
        name: string(),
        priceMinor: minorUnits(),
        imageUrl: string().nullable(),
        available: integer({ min: 0 }),
        deleted: boolean(),
      }),
    ),
  }),
};

/** Returns the route that summarises products, also deleted ones. */
export const summaryRoute = ({
  products,
  currency,
}: {
  readonly products: ProductReader;
  readonly currency: Currency;
}): Route =>
  operationRoute(SUMMARISE_PRODUCTS, async ({ ids }) => {
    const summaries = await summariseProducts({ products })(ids);
    return {
      currency: currency.code,
      products: summaries.map(({ price, ...product }) => ({ ...product, priceMinor: price.minor })),
    };
  });

/**
 * Summarises products through the process that holds the catalogue: at most 100 at a time. `currency` is the shop's. Fails with
 * `service_unavailable`.
 */
export const remoteSummaries =
  ({ call }: Pick<ServiceClient, 'call'>, currency: Currency): ReturnType<typeof summariseProducts> =>
  async (ids) => {
    if (ids.length === 0) return [];
    const summaries = await call(SUMMARISE_PRODUCTS, { ids });
    const money = moneyIn(summaries.currency, currency);
    return summaries.products.map(({ priceMinor, ...product }) => ({ ...product, price: money(priceMinor) }));
  };
