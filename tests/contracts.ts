// What `portico/contracts` offers: the suites that every repository passes, for whoever writes one of their own. They run
// under mocha and need chai beside it.
export type { OpenSubject, Subject } from './support/subject.js';
export { apiKeyRepositoryContract } from './accounts/api-key-repository.contract.js';
export { knownPlaceRepositoryContract } from './accounts/known-place-repository.contract.js';
export { mailTokenRepositoryContract } from './accounts/mail-token-repository.contract.js';
export { sessionRepositoryContract } from './accounts/session-repository.contract.js';
export { userRepositoryContract } from './accounts/user-repository.contract.js';
export { entryRepositoryContract } from './audit/entry-repository.contract.js';
export { saltRepositoryContract } from './audit/salt-repository.contract.js';
export { cartRepositoryContract } from './cart/cart-repository.contract.js';
export { categoryRepositoryContract } from './catalog/category-repository.contract.js';
export { importRepositoryContract } from './catalog/import-repository.contract.js';
export { productRepositoryContract } from './catalog/product-repository.contract.js';
export { reservationRepositoryContract } from './catalog/reservation-repository.contract.js';
export { stockRepositoryContract } from './catalog/stock-repository.contract.js';
export { customerRepositoryContract } from './customers/customer-repository.contract.js';
export { inboxContract } from './platform/inbox/inbox.contract.js';
export { peopleContract } from './platform/people/people.contract.js';
export { outboxRepositoryContract } from './platform/outbox/outbox-repository.contract.js';
export { bulkCancellationRepositoryContract } from './ordering/bulk-cancellation-repository.contract.js';
export { orderRepositoryContract } from './ordering/order-repository.contract.js';
export { placementRepositoryContract } from './ordering/placement-repository.contract.js';
export { idempotencyStoreContract } from './platform/idempotency/idempotency-store.contract.js';
export { rateCountsContract } from './platform/limits/rate-counts.contract.js';
export { attemptRepositoryContract } from './webhooks/attempt-repository.contract.js';
export { endpointRepositoryContract } from './webhooks/endpoint-repository.contract.js';
