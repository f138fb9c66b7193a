import type { Currency } from '#src/kernel/money.js';
import type { Elsewhere, ElsewhereToQueries } from '#src/platform/context-module.js';
import type { CatalogOffers, CatalogQueryOffers } from '../../public.js';
import type { ProductCopies } from './product-copies.js';
import { remoteSummaries } from './product-operations.js';

export interface CatalogElsewhereParts {
  readonly config: { readonly currency: Currency };
  readonly productCopies: ProductCopies;
}

/** From copies while the process of the catalogue cannot be reached. */
const summaries = ({
  service,
  parts: { config, productCopies },
}: ElsewhereToQueries<CatalogElsewhereParts>) =>
  productCopies.around(remoteSummaries(service, config.currency));

/** The catalogue of another process. An order there is placed by reserving stock, before the transaction that stores it. */
export const catalogElsewhere = ({
  facts,
  service,
  parts,
}: Pick<Elsewhere<CatalogElsewhereParts>, 'facts' | 'service' | 'parts'>): CatalogOffers => ({
  summariseProducts: (ids) => {
    const sorted = ids.toSorted();
    return facts.get(`products ${sorted.join()}`, () => summaries({ service, parts })(sorted));
  },
  takeStock: () => Promise.reject(new Error('stock of another process is reserved, not taken')),
  // The catalogue returns it when it receives the event that the order is cancelled.
  returnStock: () => Promise.resolve(),
});

export const catalogElsewhereToQueries = (
  given: ElsewhereToQueries<CatalogElsewhereParts>,
): CatalogQueryOffers => ({ summariseProducts: summaries(given) });
