// Made from docs/openapi.json by `npm run generate`.

/** Operations that require no access token. */
export const ANONYMOUS_OPERATIONS = [
    'POST /auth/signup',
    'POST /auth/login',
    'POST /auth/refresh',
    'POST /auth/password-reset',
    'POST /auth/password-reset/confirm',
    'POST /auth/verify-email',
    'GET /.well-known/jwks.json',
    'GET /products',
    'GET /products/{id}',
    'GET /categories',
    'GET /categories/{id}',
    'GET /demo/pictures/{file}',
    'GET /livez',
    'GET /readyz',
    'GET /metrics',
    'GET /',
    'GET /openapi.json',
    'GET /openapi.yaml',
    'GET /docs',
    'GET /docs/assets/{file}',
] as const;

/** Operations that accept an `Idempotency-Key`. */
export const KEYED_OPERATIONS = [
    'POST /customers/me/addresses',
    'POST /customers',
    'POST /imports/{id}/cancel',
    'POST /products',
    'POST /products/{id}/stock-adjustments',
    'POST /categories',
    'POST /cart',
    'POST /orders',
    'POST /orders/cancellations',
    'POST /order',
    'POST /webhooks/{id}/ping',
    'POST /webhooks/{id}/deliveries/{eventId}/redeliver',
    'POST /webhooks/{id}/deliveries/redeliver',
] as const;

export interface paths {
    "/auth/signup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign up
         * @description Creates an account with the role `customer` and a profile with the same id, and logs in.
         */
        post: operations["signUp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in
         * @description Send exactly one of `email`, `username` and `login`; `login` accepts either. An unknown name, a wrong password and a disabled account get the same response.
         */
        post: operations["logIn"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refresh the tokens of a session
         * @description A refresh token works once; use the new one from then on. If the response is lost, repeat the request within 30 seconds, from the same network and with the same `User-Agent`: the token that was used last then returns the same new refresh token, once. Any other reuse counts as theft and revokes the whole session. A session expires if it is not refreshed within the idle time-out of the shop, and in any case at the end of its maximum lifetime.
         */
        post: operations["refreshSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List my sessions
         * @description Returns the active sessions, the latest log-in first. Their data is as of the log-in or the last refresh, and a refresh appears within a minute. Calls with an access token are not recorded.
         *
         *     Counts under the rate limits as one request for every 20 items of `limit`.
         */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke one of my sessions
         * @description The tokens of the session stop working at once. The current session can be revoked, too.
         */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log out
         * @description The access token of the call and the refresh token of its session stop working at once.
         */
        post: operations["logOut"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/logout-everywhere": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log out of all of my sessions
         * @description Revokes every session of the account, the current one included.
         */
        post: operations["logOutEverywhere"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/password-reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Request a password-reset e-mail
         * @description The response is the same whether or not an account has this address. The e-mail contains a token that is valid for 30 minutes and for one call of `POST /auth/password-reset/confirm`. A disabled user gets no e-mail.
         */
        post: operations["requestPasswordReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/password-reset/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set a new password with a token from an e-mail
         * @description Revokes all sessions of the user: log in with the new password. The token works once, and every other token that was mailed to the user is revoked, as it is after any other change of password or e-mail address. A request that is refused with `common_password` does not use up the token. The e-mail address counts as verified, because the token proves access to it, and failed log-ins no longer count against the user from this network.
         */
        post: operations["confirmPasswordReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/verify-email": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Verify an e-mail address with a token from an e-mail
         * @description The e-mail is sent after a sign-up and after a change of the address. Its token is valid for three days and for one call; a change of password or address revokes it.
         */
        post: operations["verifyEmail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/verify-email/request": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Request another verification e-mail
         * @description No e-mail is sent if the address is already verified.
         */
        post: operations["requestEmailVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get my account
         * @description Returns the account of the access token. The profile of the same person is at `GET /customers/me`.
         */
        get: operations["getMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Update my name, e-mail address or user name
         * @description Absent fields stay as they are. A change of the e-mail address requires `currentPassword`, because access to the address gives access to the account. The new address gets a verification e-mail. The customer profile shows the new values.
         */
        patch: operations["changeMe"];
        trace?: never;
    };
    "/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change my password
         * @description Revokes all other sessions. The current one stays and counts as a recent log-in.
         */
        put: operations["changePassword"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List users (administrators)
         * @description Sorted by creation, the latest first.
         *
         *     Counts under the rate limits as one request for every 20 items of `limit`. `disabled` adds 1.
         */
        get: operations["listUsers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a user (administrators)
         * @description Returns the account. The profile of the same person is at `GET /customers/{id}`.
         */
        get: operations["getUser"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change the role of a user, or disable or enable the user (administrators)
         * @description Takes effect with the next request of the user. Disabling a user also revokes their sessions and cancels their pending orders. The last enabled administrator can be neither demoted nor disabled. Promoting or enabling a user requires a log-in within the last ten minutes; a refresh does not count.
         */
        patch: operations["changeUser"];
        trace?: never;
    };
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the public keys that verify access tokens
         * @description Returns a JSON Web Key Set (RFC 7517). A valid signature proves to whom a token was issued, not that its session is still active: only the shop knows that.
         */
        get: operations["getPublicKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customers/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get my profile and address book
         * @description Name and e-mail address are those of the account.
         */
        get: operations["getMyProfile"];
        put?: never;
        post?: never;
        /**
         * Erase my account and my personal data
         * @description Deletes the account, sessions, profile, address book and cart. All tokens stop working at once, and the e-mail address can be used for a new account.
         *     Pending orders are cancelled, and addresses are removed from orders, shortly after the response. Orders are kept for accounting, without a name: only their `userId` stays.
         *     Refused while an order is confirmed or shipped, and for the last administrator.
         *     Requires a log-in within the last ten minutes; a refresh does not count.
         */
        delete: operations["eraseMe"];
        options?: never;
        head?: never;
        /**
         * Update my name or phone number
         * @description Absent fields stay as they are. Change the e-mail address with `PATCH /auth/me`, and addresses at `/customers/me/addresses`.
         */
        patch: operations["changeMyProfile"];
        trace?: never;
    };
    "/customers/me/addresses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List my addresses
         * @description In the order of their creation.
         *
         *     Counts under the rate limits as one request for every 20 items of `limit`.
         */
        get: operations["listMyAddresses"];
        put?: never;
        /**
         * Add an address to my address book
         * @description An address book holds at most 50 addresses. Orders without an address use the default one.
         */
        post: operations["addMyAddress"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customers/me/addresses/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get one of my addresses
         * @description Returns one address of the address book.
         */
        get: operations["getMyAddress"];
        /**
         * Replace one of my addresses
         * @description Absent fields are removed from the address. Existing orders keep the address as it was.
         */
        put: operations["replaceMyAddress"];
        post?: never;
        /**
         * Delete one of my addresses
         * @description If the default address is deleted, the earliest remaining one becomes the default.
         */
        delete: operations["removeMyAddress"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List and search customers (administrators)
         * @description Sorted by creation, the latest first.
         *
         *     Counts under the rate limits as one request for every 20 items of `limit`. `q` adds 9.
         */
        get: operations["listCustomers"];
        put?: never;
        /**
         * Create a customer (administrators)
         * @description Also creates an account with the role `customer` and without a password. A log-in is possible once the customer has set a password with `POST /auth/password-reset`.
         */
        post: operations["createCustomer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/customers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a customer and their address book (administrators)
         * @description Returns the profile that the customer sees at `GET /customers/me`.
         */
        get: operations["getCustomer"];
        /**
         * Replace the name and phone number of a customer (administrators)
         * @description The e-mail address and the address book do not change: the user changes the first at `PATCH /auth/me`, the second at `/customers/me/addresses`.
         */
        put: operations["replaceCustomer"];
        post?: never;
        /**
         * Erase a customer (administrators)
         * @description Works like `DELETE /customers/me`: personal data is deleted for good, and orders are kept without it. Requires a log-in of the administrator within the last ten minutes; a refresh does not count.
         */
        delete: operations["eraseCustomer"];
        options?: never;
        head?: never;
        /**
         * Update the name or phone number of a customer (administrators)
         * @description Absent fields stay as they are.
         */
        patch: operations["changeCustomer"];
        trace?: never;
    };
    "/customers/me/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export my personal data
         * @description Returns profile, account, sessions, cart, orders and audit events in one JSON document. Passwords and tokens are not included: the shop stores only hashes of them. The export is recorded in the audit log. Requires a log-in within the last ten minutes; a refresh does not count. The document is streamed: orders and audit events are as of the moment at which they are read. If it cannot be completed, the connection is closed before its end.
         *
         *     Counts under the rate limits as 20 requests.
         */
        get: operations["exportMyData"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/products/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import products (administrators)
         * @description Creates and updates products from a file, each row by its SKU. The file is CSV or NDJSON, up to 1,000,000 rows and 256 MiB; it is stored while it arrives. The rows are applied after the response, in the order of the file and each in full or not at all: follow the progress at `Location`.
         *
         *     Columns, and fields of a JSON object, are `sku`, `name`, `description`, `price`, `quantity`, `category`, `imageUrl`, `categoryId`; `sku` is required, and `name` and `price` for a new product. What is absent stays as it is. In CSV, an empty cell of `name`, `price` or `quantity` counts as absent, and of `category`, `categoryId` or `imageUrl` as null. `quantity` sets the stock to what was counted, and sales since the count are lost from it: leave the column out to keep the stock. A SKU that is there twice is applied twice.
         *
         *     Rows with errors change nothing and are listed at `GET /imports/{id}/errors`; the others are applied. A file that cannot be read to its end is refused, and nothing of it is applied. The same file can be sent again.
         *
         *     Counts under the rate limits as 20 requests.
         */
        post: operations["importProducts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/products/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export products (administrators)
         * @description All products of the shop, the latest first, as rows that `POST /products/import` accepts: NDJSON, or CSV if `Accept` prefers it. Each is as it is when its page is read. Products without a SKU have an empty `sku`, and cannot be imported. In CSV, a text that a spreadsheet would take for a formula begins with an apostrophe, which an import removes. If it cannot be completed, the connection is closed before its end.
         *
         *     Counts under the rate limits as 20 requests.
         */
        get: operations["exportProducts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List imports (administrators)
         * @description The latest first. An import is removed 30 days after it has ended.
         *
         *     Counts under the rate limits as one request for every 20 items of `limit`.
         */
        get: operations["listImports"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/imports/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an import (administrators)
         * @description Shows how far it has come.
         */
        get: operations["getImport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/imports/{id}/errors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the rows that an import has refused (administrators)
         * @description In the order of the file. The first 10,000 are stored.
         *
         *     Counts under the rate limits as one request for every 20 items of `limit`.
         */
        get: operations["listImportErrors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/imports/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel an import (administrators)
         * @description No further row is applied; what was applied stays. An import that has ended stays as it is. During an upload, the upload is refused with `import_ended`.
         */
        post: operations["cancelImport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/products": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List and search products
         * @description Sorted by creation, the latest first, unless `sort` is given. Filters can be combined; a product must match all of them.
         *
         *     Counts under the rate limits as one request for every 20 items of `limit`. `q` adds 9, `minPrice` adds 1, `maxPrice` adds 1, `inStock` adds 1.
         */
        get: operations["listProducts"];
        put?: never;
        /**
         * Create a product (administrators)
         * @description A `quantity` above 0 is the first movement of the stock ledger, with the reason `initial`.
         */
        post: operations["createProduct"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/products/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a product
         * @description Returns the product with its current stock and category.
         */
        get: operations["getProduct"];
        /**
         * Replace a product (administrators)
         * @description Without `sku`, `categoryId` or `imageUrl` the product has none. The stock changes only
         *     if `quantity` is given, which sets it: the ledger records the difference with the reason `edit`.
         *
         *     With `If-Match`, the change is made only if the product has not been edited since you read its `ETag`.
         *     Sales, stock adjustments and changes of its category do not count as edits.
         */
        put: operations["replaceProduct"];
        post?: never;
        /**
         * Delete a product (administrators)
         * @description The product is no longer found (404) and no longer keeps its category from being deleted. Existing orders still
         *     show it, carts show it as unavailable, and its stock ledger can still be read.
         *
         *     With `If-Match`, the change is made only if the product has not been edited since you read its `ETag`.
         *     Sales, stock adjustments and changes of its category do not count as edits.
         */
        delete: operations["deleteProduct"];
        options?: never;
        head?: never;
        /**
         * Update a product (administrators)
         * @description Absent fields stay as they are; `null` removes the category, the SKU or the image. A `quantity`
         *     sets the stock: the ledger records the difference with the reason `edit`.
         *
         *     With `If-Match`, the change is made only if the product has not been edited since you read its `ETag`.
         *     Sales, stock adjustments and changes of its category do not count as edits.
         */
        patch: operations["changeProduct"];
        trace?: never;
    };
    "/products/{id}/stock-adjustments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the stock adjustments of a product (administrators)
         * @description Returns every movement of the stock, the latest first: the initial stock (`initial`), orders and cancellations,
         *     adjustments, and edits of the quantity (`edit`). Where catalogue and orders are separate services, stock that was reserved and not
         *     ordered comes back by an adjustment with a note. The deltas always add up to the quantity. The ledger of a deleted product is kept.
         *
         *     Counts under the rate limits as one request for every 20 items of `limit`.
         */
        get: operations["listStockAdjustments"];
        put?: never;
        /**
         * Adjust the stock of a product (administrators)
         * @description Adds `delta` to the current stock, for example for a delivery or a breakage, so that concurrent sales are not
         *     lost. Returns the new movement of the ledger; its `balance` is the quantity afterwards. An adjustment that would make the
         *     stock negative is refused.
         */
        post: operations["adjustStock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/categories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List categories
         * @description Sorted by name.
         *
         *     Counts under the rate limits as one request for every 20 items of `limit`.
         */
        get: operations["listCategories"];
        put?: never;
        /**
         * Create a category (administrators)
         * @description The name must be unique in the shop.
         */
        post: operations["createCategory"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/categories/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a category
         * @description Returns one category. To list its products, use `GET /products?category=`.
         */
        get: operations["getCategory"];
        /**
         * Replace a category (administrators)
         * @description With `If-Match`, the change is made only if the category has not changed since you read its `ETag`.
         */
        put: operations["replaceCategory"];
        post?: never;
        /**
         * Delete an empty category (administrators)
         * @description A category that contains products is refused with 409 `category_in_use`: move or delete them first.
         */
        delete: operations["deleteCategory"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/demo/pictures/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a picture of the demo catalogue
         * @description Returns a drawing, to which `imageUrl` of a product of the demo catalogue refers.
         */
        get: operations["getDemoPicture"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/cart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get my cart
         * @description Every user has one cart, which is empty at first. Names, prices and availability are current unless `pricesAsOf` says otherwise. A line whose product was deleted keeps its last name and price and is not part of `totalPrice`; the cart cannot be ordered until the line is removed.
         */
        get: operations["getCart"];
        put?: never;
        /**
         * Add a product to my cart
         * @description If the product is already in the cart, the quantity is added to its line. A cart holds at most 100 lines and at most 999 of one product. It may hold more than the stock, because only an order takes stock. With `If-Match`, the change is made only if the cart has not changed since you read its `ETag`. Changes of price or stock do not count.
         */
        post: operations["addToCart"];
        /**
         * Empty my cart
         * @description With `If-Match`, the change is made only if the cart has not changed since you read its `ETag`. Changes of price or stock do not count.
         */
        delete: operations["clearCart"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/cart/{productId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set the quantity of a product in my cart
         * @description The product must be in the cart. With `If-Match`, the change is made only if the cart has not changed since you read its `ETag`. Changes of price or stock do not count.
         */
        put: operations["setCartLineQuantity"];
        post?: never;
        /**
         * Remove a product from my cart
         * @description With `If-Match`, the change is made only if the cart has not changed since you read its `ETag`. Changes of price or stock do not count.
         */
        delete: operations["removeFromCart"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List all orders (administrators)
         * @description The latest first, each with its customer. Filters can be combined; an order must match all of them.
         *
         *     With `sku`, a page may hold fewer orders than `limit`, even none, while more follow: go on until `nextCursor` is null.
         *
         *     Counts under the rate limits as one request for every 20 items of `limit`. `sku` adds 1.
         */
        get: operations["listOrders"];
        put?: never;
        /**
         * Place an order for my cart
         * @description All or nothing: the cart is emptied, the stock is taken, and the order is stored with the current names and prices; or nothing changes. Of two concurrent calls, one orders the cart and the other gets `cart_empty`.
         *
         *     The order uses `shippingAddress`, or the address with the id `addressId`, or my default address; if there is none, it has no address. The address is copied: later changes of the address book do not change the order.
         *
         *     `out_of_stock` lists in `lines` every line whose stock is too low, as `{productId, requested, available}`. `total_changed` returns the current total in `totalPrice`.
         *
         *     `too_many_pending_orders` returns in `limit` the maximum number of pending orders of a customer. An order that is not confirmed within the time configured by the shop is cancelled.
         *
         *     `email_not_verified` occurs if the shop requires a verified e-mail address to order: see `POST /auth/verify-email`.
         */
        post: operations["placeOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/orders/mine": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List my orders
         * @description The latest first.
         *
         *     Counts under the rate limits as one request for every 20 items of `limit`.
         */
        get: operations["listMyOrders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/orders/cancellations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List bulk cancellations (administrators)
         * @description Returns those requested by administrators and those of the orders of disabled users, the latest first.
         *
         *     Counts under the rate limits as one request for every 20 items of `limit`.
         */
        get: operations["listBulkCancellations"];
        put?: never;
        /**
         * Cancel many pending orders (administrators)
         * @description Cancels every pending order that meets all conditions of the body and returns its stock. At least one condition is required. Orders that are already confirmed, or are placed later, stay as they are.
         *
         *     The orders are cancelled after the response, in batches, from the latest to the earliest. Follow the progress at `Location`.
         */
        post: operations["cancelOrders"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/orders/cancellations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a bulk cancellation (administrators)
         * @description Returns the number of orders cancelled so far.
         */
        get: operations["getBulkCancellation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/orders/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an order
         * @description Customers can read their own orders, and administrators all, with their customers. Other callers get 404.
         */
        get: operations["getOrder"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change the status of an order
         * @description Orders go `pending → confirmed → shipped → delivered`. They can be `cancelled` while pending or confirmed, which returns the stock, once. Every other change is refused with `illegal_transition`, which lists the allowed ones in `allowed`. A request for the current status changes nothing.
         *
         *     Administrators can make every change. Customers can cancel their own orders while they are pending; for any other status they get `only_cancelling_allowed`.
         *
         *     With `If-Match`, the change is made only if the order has not changed since you read its `ETag`.
         */
        patch: operations["changeOrderStatus"];
        trace?: never;
    };
    "/order": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Place an order for my cart (alias)
         * @description All or nothing: the cart is emptied, the stock is taken, and the order is stored with the current names and prices; or nothing changes. Of two concurrent calls, one orders the cart and the other gets `cart_empty`.
         *
         *     The order uses `shippingAddress`, or the address with the id `addressId`, or my default address; if there is none, it has no address. The address is copied: later changes of the address book do not change the order.
         *
         *     `out_of_stock` lists in `lines` every line whose stock is too low, as `{productId, requested, available}`. `total_changed` returns the current total in `totalPrice`.
         *
         *     `too_many_pending_orders` returns in `limit` the maximum number of pending orders of a customer. An order that is not confirmed within the time configured by the shop is cancelled.
         *
         *     `email_not_verified` occurs if the shop requires a verified e-mail address to order: see `POST /auth/verify-email`.
         */
        post: operations["placeOrderShort"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/order/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an order (alias)
         * @description Customers can read their own orders, and administrators all, with their customers. Other callers get 404.
         */
        get: operations["getOrderShort"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List webhook endpoints (administrators)
         * @description Sorted by creation, the latest first.
         *
         *     Counts under the rate limits as one request for every 20 items of `limit`.
         */
        get: operations["listWebhooks"];
        put?: never;
        /**
         * Create a webhook endpoint (administrators)
         * @description Has the events of the chosen types sent to a URL from now on. The response has the secret by which the receiver verifies them, which is not shown again. A shop has at most 16 endpoints.
         */
        post: operations["createWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a webhook endpoint (administrators)
         * @description Returns one endpoint, without its secret.
         */
        get: operations["getWebhook"];
        put?: never;
        post?: never;
        /**
         * Delete a webhook endpoint (administrators)
         * @description Also removes what waits for it. Attempts that have begun may still arrive.
         */
        delete: operations["deleteWebhook"];
        options?: never;
        head?: never;
        /**
         * Change a webhook endpoint, or disable or enable it (administrators)
         * @description A disabled endpoint is sent nothing, and what happens meanwhile is not stored for it. What was waiting stays, and is sent once it is enabled. New types of events count from now on.
         */
        patch: operations["changeWebhook"];
        trace?: never;
    };
    "/webhooks/{id}/rotate-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace the secret of a webhook endpoint (administrators)
         * @description Returns a new secret, which is not shown again. For 24 hours messages are signed with the secret before it as well, so that the receiver can change over without a gap. A request that is repeated because its response was lost makes one more secret, and ends none. With `endFormerSecrets` all earlier ones end at once.
         */
        post: operations["rotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/{id}/ping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a ping to a webhook endpoint (administrators)
         * @description Sends a message of the type `webhook_endpoint.pinged` after the response, with attempts like any other. `GET /webhooks/{id}/deliveries` shows what came back.
         */
        post: operations["pingWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhook-event-types": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the types of events that webhook endpoints can be sent (administrators)
         * @description The payload of each type is described under `webhooks` in this document.
         */
        get: operations["listWebhookEventTypes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List attempts to send events to a webhook endpoint (administrators)
         * @description Returns each attempt with what came back, the latest first, for 30 days. An event whose first attempt is not over is not there yet.
         *
         *     Counts under the rate limits as one request for every 20 items of `limit`.
         */
        get: operations["listWebhookDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/{id}/deliveries/{eventId}/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send an event to a webhook endpoint again (administrators)
         * @description Sends it after the response with the same `webhook-id` and payload, and with attempts like any other. A dead-lettered event is followed by those that waited behind it.
         */
        post: operations["redeliverWebhookEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/{id}/deliveries/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send the events of a period to a webhook endpoint again (administrators)
         * @description Looks at 100 attempts of the period, the latest first, and sends their events after the response, but no pings. Repeat the request with `nextCursor` as `cursor` until it is null.
         */
        post: operations["redeliverWebhookEvents"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit-log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List audit events (administrators)
         * @description Returns what happened to accounts and sessions, and every change by an administrator, the latest first. Audit events contain no names: only ids, and a hash of the network address with a secret per person, which is deleted when the person is erased. Filters can be combined; an event must match all of them.
         *
         *     Counts under the rate limits as one request for every 20 items of `limit`.
         */
        get: operations["listAuditEntries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check whether the process is alive
         * @description Checks only the process: an outage of the database is no reason to restart it.
         */
        get: operations["getLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check whether the process can serve requests
         * @description Returns 503 if the database is unreachable, its schema is behind, or the process is shutting down.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the metrics for Prometheus
         * @description Returns the measurements of this process, at most a second old, in the text format of Prometheus.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List API keys (administrators)
         * @description The latest first, revoked and expired ones included, so that the audit log can be read.
         *
         *     Counts under the rate limits as one request for every 20 items of `limit`.
         */
        get: operations["listApiKeys"];
        put?: never;
        /**
         * Create an API key (administrators)
         * @description Returns the key in `secret`, this once: the shop stores only its hash. It belongs to the shop, and works until it expires or is revoked, even if the administrator who created it is demoted, disabled or erased. Name and scopes never change. Requires a log-in within the last ten minutes; a refresh does not count. If the response is lost, revoke the key that the list shows and create another.
         */
        post: operations["createApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an API key (administrators)
         * @description Returns the key without its secret, which is not stored.
         */
        get: operations["getApiKey"];
        put?: never;
        post?: never;
        /**
         * Revoke an API key (administrators)
         * @description The key is refused from the next request on, everywhere. It stays in the list, with `revokedAt`. Repeating the call changes nothing.
         */
        delete: operations["revokeApiKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get links to the documentation
         * @description Returns JSON, or a page to a browser.
         */
        get: operations["getHome"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get this document as JSON
         * @description Returns the OpenAPI 3.1 document of this server.
         */
        get: operations["getOpenApiJson"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.yaml": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get this document as YAML
         * @description Returns the OpenAPI 3.1 document of this server.
         */
        get: operations["getOpenApiYaml"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get this document as a page
         * @description Shows the document with Swagger UI, where each call can be tried.
         */
        get: operations["getDocs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs/assets/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a file of the documentation page
         * @description Returns a style sheet, script or picture of the documentation page.
         */
        get: operations["getDocsAsset"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface webhooks {
    "order.placed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A customer has placed an order: it is pending
         * @description Sent to the endpoints that have chosen `order.placed`.
         */
        post: operations["onOrderPlaced"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "order.confirmed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * An order was confirmed
         * @description Sent to the endpoints that have chosen `order.confirmed`.
         */
        post: operations["onOrderConfirmed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "order.shipped": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * An order was shipped
         * @description Sent to the endpoints that have chosen `order.shipped`.
         */
        post: operations["onOrderShipped"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "order.delivered": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * An order was delivered
         * @description Sent to the endpoints that have chosen `order.delivered`.
         */
        post: operations["onOrderDelivered"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "order.cancelled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * An order was cancelled, and its stock returned
         * @description Sent to the endpoints that have chosen `order.cancelled`.
         */
        post: operations["onOrderCancelled"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "product.created": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A product was created
         * @description Sent to the endpoints that have chosen `product.created`.
         */
        post: operations["onProductCreated"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "product.updated": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The content of a product was changed; its stock is not part of it
         * @description Sent to the endpoints that have chosen `product.updated`.
         */
        post: operations["onProductUpdated"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "product.deleted": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A product has left the shop
         * @description Sent to the endpoints that have chosen `product.deleted`.
         */
        post: operations["onProductDeleted"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "category.created": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A category was created
         * @description Sent to the endpoints that have chosen `category.created`.
         */
        post: operations["onCategoryCreated"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "category.updated": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A category was changed
         * @description Sent to the endpoints that have chosen `category.updated`.
         */
        post: operations["onCategoryUpdated"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "category.deleted": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A category was deleted
         * @description Sent to the endpoints that have chosen `category.deleted`.
         */
        post: operations["onCategoryDeleted"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "stock.depleted": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A movement has left no stock of a product
         * @description Sent to the endpoints that have chosen `stock.depleted`.
         */
        post: operations["onStockDepleted"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "customer.created": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A customer has signed up, or was created by an administrator
         * @description Sent to the endpoints that have chosen `customer.created`.
         */
        post: operations["onCustomerCreated"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "customer.updated": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The profile or the address book of a customer was changed
         * @description Sent to the endpoints that have chosen `customer.updated`.
         */
        post: operations["onCustomerUpdated"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "customer.erased": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The personal data of a customer was erased
         * @description Sent to the endpoints that have chosen `customer.erased`.
         */
        post: operations["onCustomerErased"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "webhook_endpoint.disabled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The shop has disabled a webhook endpoint
         * @description Sent to the endpoints that have chosen `webhook_endpoint.disabled`.
         */
        post: operations["onWebhookEndpointDisabled"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "webhook_endpoint.pinged": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * An administrator has sent a ping
         * @description Sent to the endpoints that have chosen `webhook_endpoint.pinged`.
         */
        post: operations["onWebhookEndpointPinged"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface components {
    schemas: {
        /**
         * @description The account is disabled.
         * @example {
         *       "type": "about:blank",
         *       "title": "Forbidden",
         *       "status": 403,
         *       "detail": "The account is disabled.",
         *       "instance": "/…",
         *       "code": "account_disabled",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        AccountDisabledProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "account_disabled";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "account_disabled";
        };
        /**
         * @description Kind of what acted
         * @enum {string}
         */
        ActorType: "user" | "api_key";
        /** @description A postal address */
        Address: {
            /** @description Recipient, if it is not the customer */
            name: string | null;
            /** @description Street and number, or the like */
            line1: string;
            /** @description Second line: flat, floor, company */
            line2: string | null;
            /** @description City, town or village */
            city: string;
            /** @description State, province or county */
            region: string | null;
            /** @description Postal code, where the country has them */
            postalCode: string | null;
            /** @description ISO 3166-1 alpha-2 */
            country: string;
            /** @description Phone number for the delivery */
            phone: string | null;
        };
        /**
         * @description The address book already holds the maximum of 50 addresses.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "The address book already holds the maximum of 50 addresses.",
         *       "instance": "/…",
         *       "code": "address_book_full",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff",
         *       "limit": 50
         *     }
         */
        AddressBookFullProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "address_book_full";
            /**
             * Format: int32
             * @description Maximum number of addresses
             */
            limit: number;
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "address_book_full";
        };
        /**
         * @description No address in the address book has this id.
         * @example {
         *       "type": "about:blank",
         *       "title": "Not Found",
         *       "status": 404,
         *       "detail": "No address in the address book has this id.",
         *       "instance": "/…",
         *       "code": "address_not_found",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        AddressNotFoundProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "address_not_found";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "address_not_found";
        };
        /** @description An API key of the shop, without its secret */
        ApiKey: {
            /**
             * Format: uuid
             * @description Id of the API key
             */
            id: string;
            /** @description What the key is for */
            name: string;
            /** @description The beginning of the key, by which you recognise it */
            prefix: string;
            /** @description What the key may do */
            scopes: components["schemas"]["Scope"][];
            /**
             * Format: uuid
             * @description Id of the administrator who created the key
             */
            createdBy: string;
            /**
             * Format: date-time
             * @description Time of creation
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description Time from which the key is refused; null if it does not expire
             */
            expiresAt: string | null;
            /**
             * Format: date-time
             * @description Time of the last request with the key, up to a minute early; null if there was none
             */
            lastUsedAt: string | null;
            /**
             * Format: date-time
             * @description Time at which the key was revoked; null if it was not
             */
            revokedAt: string | null;
        };
        /** @description A new API key */
        ApiKeyCreate: {
            /** @description What the key is for */
            name: string;
            /** @description What the key may do; an operation names the scope that it requires */
            scopes: components["schemas"]["Scope"][];
            /**
             * Format: date-time
             * @description Time from which the key is refused, in the future; `null` or absent: it does not expire
             */
            expiresAt?: string | null;
        };
        /**
         * @description No API key of the shop has this id.
         * @example {
         *       "type": "about:blank",
         *       "title": "Not Found",
         *       "status": 404,
         *       "detail": "No API key of the shop has this id.",
         *       "instance": "/…",
         *       "code": "api_key_not_found",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        ApiKeyNotFoundProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "api_key_not_found";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "api_key_not_found";
        };
        /** @description A page of a list */
        ApiKeyPage: components["schemas"]["Page"] & {
            /** @description At most `limit` items, in the order of the list */
            items: components["schemas"]["ApiKey"][];
        };
        /** @description An event of the audit log */
        AuditEntry: {
            /**
             * Format: uuid
             * @description Id of the audit event
             */
            id: string;
            /**
             * Format: date-time
             * @description Time of the event
             */
            at: string;
            /**
             * Format: uuid
             * @description Id of the user or the API key that acted; null if the caller was not authenticated, or if the shop or its operator acted
             */
            actorId: string | null;
            actorType: null | components["schemas"]["ActorType"];
            /** @description Kind of the affected resource and what happened to it, such as `product.changed` */
            action: string;
            /**
             * Format: uuid
             * @description Id of the affected resource; null if it is unknown
             */
            subjectId: string | null;
            /** @description Hash of the network address, equal for the same address and person; null if either is unknown */
            addressHash: string | null;
        };
        /** @description A page of a list */
        AuditEntryPage: components["schemas"]["Page"] & {
            /** @description At most `limit` items, in the order of the list */
            items: components["schemas"]["AuditEntry"][];
        };
        /**
         * @description The body is larger than the maximum of 100 kB.
         * @example {
         *       "type": "about:blank",
         *       "title": "Payload Too Large",
         *       "status": 413,
         *       "detail": "The body is larger than the maximum of 100 kB.",
         *       "instance": "/…",
         *       "code": "body_too_large",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        BodyTooLargeProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "body_too_large";
        };
        /** @description A cancellation of many pending orders */
        BulkCancellation: {
            /**
             * Format: uuid
             * @description Id of the bulk cancellation
             */
            id: string;
            /**
             * @description Whether orders are still being cancelled
             * @enum {string}
             */
            status: "running" | "finished";
            /**
             * @description `requested` by an administrator, or the event that caused it
             * @enum {string}
             */
            reason: "requested" | "user_disabled" | "customer_erased";
            /**
             * Format: uuid
             * @description Id of the administrator; null unless the reason is `requested`
             */
            requestedBy: string | null;
            /**
             * Format: uuid
             * @description Only orders of this customer; null for all
             */
            customerId: string | null;
            /**
             * Format: date-time
             * @description Only orders placed from this time on; null for all
             */
            from: string | null;
            /**
             * Format: date-time
             * @description Only orders placed before this time
             */
            to: string | null;
            /**
             * Format: int32
             * @description Number of orders cancelled so far
             */
            cancelled: number;
            /**
             * Format: date-time
             * @description Time of creation
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description Time of the last change
             */
            updatedAt: string;
            /**
             * Format: date-time
             * @description Time at which the last order was cancelled; null before
             */
            finishedAt: string | null;
        };
        /** @description Which pending orders to cancel: those that meet all conditions */
        BulkCancellationCreate: {
            /**
             * Format: uuid
             * @description Orders of this customer
             */
            customerId?: string;
            /**
             * Format: date-time
             * @description Orders placed from this time on
             */
            from?: string;
            /**
             * Format: date-time
             * @description Orders placed before this time, which is not before `from`; before the request, if that is earlier
             */
            to?: string;
        };
        /**
         * @description The bulk cancellation does not exist.
         * @example {
         *       "type": "about:blank",
         *       "title": "Not Found",
         *       "status": 404,
         *       "detail": "The bulk cancellation does not exist.",
         *       "instance": "/…",
         *       "code": "bulk_cancellation_not_found",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        BulkCancellationNotFoundProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "bulk_cancellation_not_found";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "bulk_cancellation_not_found";
        };
        /** @description A page of a list */
        BulkCancellationPage: components["schemas"]["Page"] & {
            /** @description At most `limit` items, in the order of the list */
            items: components["schemas"]["BulkCancellation"][];
        };
        /**
         * @description Too many requests are changing the same data. Try again.
         * @example {
         *       "type": "about:blank",
         *       "title": "Service Unavailable",
         *       "status": 503,
         *       "detail": "Too many requests are changing the same data. Try again.",
         *       "instance": "/…",
         *       "code": "busy",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        BusyProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "busy";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "busy";
        };
        /** @description The cart of a customer */
        Cart: {
            /** @description In the order in which they were added */
            items: components["schemas"]["CartItem"][];
            /** @description Sum of the lines, without those whose product was deleted */
            totalPrice: number;
            /** @description Code of the currency of all amounts (ISO 4217) */
            currency: string;
            /**
             * Format: date-time
             * @description Null if names, prices and availability are current. Otherwise the catalogue cannot be reached at the moment, and they are as they were then, at most ten minutes ago; an order is placed at current prices only
             */
            pricesAsOf: string | null;
            /**
             * Format: int32
             * @description Increases with every change; 0 for a cart that was never changed
             */
            version: number;
        };
        /**
         * @description The cart is empty. Add a product before you order.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "The cart is empty. Add a product before you order.",
         *       "instance": "/…",
         *       "code": "cart_empty",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        CartEmptyProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "cart_empty";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "cart_empty";
        };
        /**
         * @description The cart already holds the maximum of 100 products.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "The cart already holds the maximum of 100 products.",
         *       "instance": "/…",
         *       "code": "cart_full",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff",
         *       "limit": 100
         *     }
         */
        CartFullProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "cart_full";
            /**
             * Format: int32
             * @description Maximum number of different products
             */
            limit: number;
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "cart_full";
        };
        /** @description A line of the cart */
        CartItem: {
            product: components["schemas"]["CartProduct"];
            /**
             * Format: int32
             * @description Number of units
             */
            quantity: number;
            /** @description Price times quantity */
            lineTotal: number;
            /**
             * Format: int32
             * @description Quantity in stock; 0 if the product was deleted. If it is below `quantity`, an order fails with `out_of_stock`
             */
            available: number;
        };
        /** @description A product to add to the cart */
        CartLineCreate: {
            /**
             * Format: uuid
             * @description Id of the product
             */
            productId: string;
            /**
             * Format: int32
             * @description Added to the quantity in the cart
             * @default 1
             */
            quantity?: number;
        };
        /**
         * @description The product is not in the cart.
         * @example {
         *       "type": "about:blank",
         *       "title": "Not Found",
         *       "status": 404,
         *       "detail": "The product is not in the cart.",
         *       "instance": "/…",
         *       "code": "cart_line_not_found",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        CartLineNotFoundProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "cart_line_not_found";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "cart_line_not_found";
        };
        /** @description The new content of a line of the cart */
        CartLineReplace: {
            /**
             * Format: int32
             * @description Replaces the quantity of the line
             */
            quantity: number;
        };
        /** @description A product in the cart */
        CartProduct: {
            /**
             * Format: uuid
             * @description Id of the product
             */
            id: string;
            /** @description Current name */
            name: string;
            /** @description Current price of one unit */
            price: number;
            /** @description URL of a picture; null if the product has none */
            imageUrl: string | null;
        };
        /** @description A category of products */
        Category: {
            /**
             * Format: uuid
             * @description Id of the category
             */
            id: string;
            /** @description Unique in the shop */
            name: string;
            /** @description Text for customers; may be empty */
            description: string;
            /**
             * Format: date-time
             * @description Time of creation
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description Time of the last change
             */
            updatedAt: string;
        };
        /** @description A category to create */
        CategoryCreate: {
            /** @description Unique in the shop; letter case is ignored */
            name: string;
            /**
             * @description Text for customers; may be empty
             * @default
             */
            description?: string;
        };
        /**
         * @description A category with this name already exists.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "A category with this name already exists.",
         *       "instance": "/…",
         *       "code": "category_exists",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        CategoryExistsProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "category_exists";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "category_exists";
        };
        /**
         * @description The category still contains products. Move or delete them first.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "The category still contains products. Move or delete them first.",
         *       "instance": "/…",
         *       "code": "category_in_use",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        CategoryInUseProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "category_in_use";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "category_in_use";
        };
        /**
         * @description The category does not exist.
         * @example {
         *       "type": "about:blank",
         *       "title": "Not Found",
         *       "status": 404,
         *       "detail": "The category does not exist.",
         *       "instance": "/…",
         *       "code": "category_not_found",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        CategoryNotFoundProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "category_not_found";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "category_not_found";
        };
        /** @description A page of a list */
        CategoryPage: components["schemas"]["Page"] & {
            /** @description At most `limit` items, in the order of the list */
            items: components["schemas"]["Category"][];
        };
        /** @description The new content of a category */
        CategoryReplace: {
            /** @description Unique in the shop; letter case is ignored */
            name: string;
            /**
             * @description Text for customers; may be empty
             * @default
             */
            description?: string;
            /**
             * Format: uuid
             * @description Id of the category
             */
            readonly id?: string;
            /**
             * Format: date-time
             * @description Time of creation
             */
            readonly createdAt?: string;
            /**
             * Format: date-time
             * @description Time of the last change
             */
            readonly updatedAt?: string;
        };
        /**
         * @description The password is one of the most common ones. Choose another.
         * @example {
         *       "type": "about:blank",
         *       "title": "Unprocessable Entity",
         *       "status": 422,
         *       "detail": "The password is one of the most common ones. Choose another.",
         *       "instance": "/…",
         *       "code": "common_password",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        CommonPasswordProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "common_password";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "common_password";
        };
        /** @description An API key that has just been created, with its secret */
        CreatedApiKey: {
            /**
             * Format: uuid
             * @description Id of the API key
             */
            id: string;
            /** @description What the key is for */
            name: string;
            /** @description The beginning of the key, by which you recognise it */
            prefix: string;
            /** @description What the key may do */
            scopes: components["schemas"]["Scope"][];
            /**
             * Format: uuid
             * @description Id of the administrator who created the key
             */
            createdBy: string;
            /**
             * Format: date-time
             * @description Time of creation
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description Time from which the key is refused; null if it does not expire
             */
            expiresAt: string | null;
            /**
             * Format: date-time
             * @description Time of the last request with the key, up to a minute early; null if there was none
             */
            lastUsedAt: string | null;
            /**
             * Format: date-time
             * @description Time at which the key was revoked; null if it was not
             */
            revokedAt: string | null;
            /** @description The key itself, shown only here. Send it as `Authorization: Bearer pk_…` */
            secret: string;
        };
        /** @description The profile of a customer */
        Customer: {
            /**
             * Format: uuid
             * @description Id of the customer, and of the user
             */
            id: string;
            /** @description Full name, the same as that of the account */
            name: string;
            /** @description The e-mail address of the account; change it with `PATCH /auth/me` */
            email: string;
            /** @description Phone number; null if there is none */
            phone: string | null;
            /** @description The address book, in the order of creation */
            addresses: components["schemas"]["CustomerAddress"][];
            /**
             * Format: date-time
             * @description Time of creation
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description Time of the last change
             */
            updatedAt: string;
        };
        /** @description An address of the address book */
        CustomerAddress: components["schemas"]["Address"] & {
            /**
             * Format: uuid
             * @description Id of the address
             */
            id: string;
            /** @description Whether orders without an address use this one */
            isDefault: boolean;
        };
        /** @description An address to add to the address book. Absent optional texts are null */
        CustomerAddressCreate: {
            /** @description Recipient, if it is not the customer */
            name?: string | null;
            /** @description Street and number, or the like */
            line1: string;
            /** @description Second line: flat, floor, company */
            line2?: string | null;
            /** @description City, town or village */
            city: string;
            /** @description State, province or county */
            region?: string | null;
            /** @description Postal code, where the country has them */
            postalCode?: string | null;
            /** @description ISO 3166-1 alpha-2, in upper or lower case; stored in upper case */
            country: string;
            /** @description Phone number for the delivery */
            phone?: string | null;
            /**
             * @description true makes this the default address; false changes nothing. The first address is always the default.
             * @default false
             */
            isDefault?: boolean;
        };
        /** @description A page of a list */
        CustomerAddressPage: components["schemas"]["Page"] & {
            /** @description At most `limit` items, in the order of the list */
            items: components["schemas"]["CustomerAddress"][];
        };
        /** @description The new content of an address. Absent optional texts are null */
        CustomerAddressReplace: {
            /** @description Recipient, if it is not the customer */
            name?: string | null;
            /** @description Street and number, or the like */
            line1: string;
            /** @description Second line: flat, floor, company */
            line2?: string | null;
            /** @description City, town or village */
            city: string;
            /** @description State, province or county */
            region?: string | null;
            /** @description Postal code, where the country has them */
            postalCode?: string | null;
            /** @description ISO 3166-1 alpha-2, in upper or lower case; stored in upper case */
            country: string;
            /** @description Phone number for the delivery */
            phone?: string | null;
            /**
             * @description true makes this the default address; false changes nothing. The first address is always the default.
             * @default false
             */
            isDefault?: boolean;
            /**
             * Format: uuid
             * @description Id of the address
             */
            readonly id?: string;
        };
        /** @description A customer to create, with an account. An absent `phone` is null */
        CustomerCreate: {
            /** @description Full name */
            name: string;
            /**
             * Format: email
             * @description E-mail address of the account; unique in the shop
             */
            email: string;
            /** @description Phone number; null for none */
            phone?: string | null;
        };
        /**
         * @description The customer has been erased, so the order is being cancelled and cannot be changed.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "The customer has been erased, so the order is being cancelled and cannot be changed.",
         *       "instance": "/…",
         *       "code": "customer_erased",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        CustomerErasedProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "customer_erased";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "customer_erased";
        };
        /**
         * @description The customer does not exist.
         * @example {
         *       "type": "about:blank",
         *       "title": "Not Found",
         *       "status": 404,
         *       "detail": "The customer does not exist.",
         *       "instance": "/…",
         *       "code": "customer_not_found",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        CustomerNotFoundProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "customer_not_found";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "customer_not_found";
        };
        /** @description A page of a list */
        CustomerPage: components["schemas"]["Page"] & {
            /** @description At most `limit` items, in the order of the list */
            items: components["schemas"]["Customer"][];
        };
        /** @description The new content of a profile */
        CustomerReplace: {
            /** @description Full name; also changes the name of the account */
            name: string;
            /** @description Phone number; removed if absent or `null` */
            phone?: string | null;
            /**
             * Format: uuid
             * @description Id of the customer, and of the user
             */
            readonly id?: string;
            /** @description The e-mail address of the account; change it with `PATCH /auth/me` */
            readonly email?: string;
            /** @description The address book, in the order of creation */
            readonly addresses?: components["schemas"]["CustomerAddress"][];
            /**
             * Format: date-time
             * @description Time of creation
             */
            readonly createdAt?: string;
            /**
             * Format: date-time
             * @description Time of the last change
             */
            readonly updatedAt?: string;
        };
        /** @description Fields of a profile to change; absent ones stay as they are */
        CustomerUpdate: {
            /** @description Full name; also changes the name of the account */
            name?: string;
            /** @description Phone number; `null` removes it */
            phone?: string | null;
            /**
             * Format: uuid
             * @description Id of the customer, and of the user
             */
            readonly id?: string;
            /** @description The e-mail address of the account; change it with `PATCH /auth/me` */
            readonly email?: string;
            /** @description The address book, in the order of creation */
            readonly addresses?: components["schemas"]["CustomerAddress"][];
            /**
             * Format: date-time
             * @description Time of creation
             */
            readonly createdAt?: string;
            /**
             * Format: date-time
             * @description Time of the last change
             */
            readonly updatedAt?: string;
        };
        /**
         * @description The database cannot be reached.
         * @example {
         *       "type": "about:blank",
         *       "title": "Service Unavailable",
         *       "status": 503,
         *       "detail": "The database cannot be reached.",
         *       "instance": "/…",
         *       "code": "database_unavailable",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        DatabaseUnavailableProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "database_unavailable";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "database_unavailable";
        };
        /**
         * @description Verify your e-mail address before you order.
         * @example {
         *       "type": "about:blank",
         *       "title": "Forbidden",
         *       "status": 403,
         *       "detail": "Verify your e-mail address before you order.",
         *       "instance": "/…",
         *       "code": "email_not_verified",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        EmailNotVerifiedProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "email_not_verified";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "email_not_verified";
        };
        /**
         * @description An account with this e-mail address already exists.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "An account with this e-mail address already exists.",
         *       "instance": "/…",
         *       "code": "email_taken",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        EmailTakenProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "email_taken";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "email_taken";
        };
        /** @description Proof of access to an e-mail address */
        EmailVerification: {
            /** @description The token from the e-mail */
            token: string;
        };
        /**
         * @description The expiry of the API key must be in the future.
         * @example {
         *       "type": "about:blank",
         *       "title": "Unprocessable Entity",
         *       "status": 422,
         *       "detail": "The expiry of the API key must be in the future.",
         *       "instance": "/…",
         *       "code": "expiry_in_past",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        ExpiryInPastProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "expiry_in_past";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "expiry_in_past";
        };
        /** @description The account in an export */
        ExportedAccount: {
            /**
             * Format: uuid
             * @description Id of the user
             */
            id: string;
            /** @description Full name */
            name: string;
            /** @description E-mail address */
            email: string;
            /**
             * Format: date-time
             * @description Time at which access to the address was proved; null if it was not
             */
            emailVerifiedAt: string | null;
            /** @description User name; null if there is none */
            username: string | null;
            /** @description What the user may do */
            role: components["schemas"]["Role"];
            /** @description Whether the account is disabled */
            disabled: boolean;
            /**
             * Format: date-time
             * @description Time of creation
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description Time of the last change
             */
            updatedAt: string;
            /** @description Sessions that are stored, revoked ones included */
            sessions: components["schemas"]["ExportedSession"][];
        };
        /** @description An event of the audit log in an export */
        ExportedAuditEntry: {
            /**
             * Format: uuid
             * @description Id of the audit event
             */
            id: string;
            /**
             * Format: date-time
             * @description Time of the event
             */
            at: string;
            /** @description Kind of the affected resource and what happened to it */
            action: string;
            /**
             * Format: uuid
             * @description Id of the affected resource; null if it is unknown
             */
            subjectId: string | null;
            /**
             * @description `administrator` also for an API key of the shop; `unknown` if the caller was not authenticated, or if the shop or its operator acted
             * @enum {string}
             */
            by: "me" | "administrator" | "unknown";
            /** @description Hash of the network address of the caller, as the shop stores it */
            addressHash: string | null;
        };
        /** @description The cart in an export */
        ExportedCart: {
            /** @description In the order in which they were added */
            items: components["schemas"]["ExportedCartItem"][];
        };
        /** @description A line of the cart in an export */
        ExportedCartItem: {
            /**
             * Format: uuid
             * @description Id of the product
             */
            productId: string;
            /**
             * Format: int32
             * @description Number of units
             */
            quantity: number;
        };
        /** @description An order in an export */
        ExportedOrder: {
            /**
             * Format: uuid
             * @description Id of the order
             */
            id: string;
            /** @description The number by which people name the order; unique, and no count of orders */
            number: string;
            /** @description Current status */
            status: components["schemas"]["OrderStatus"];
            /** @description Names, SKUs and prices as of the placing of the order */
            products: components["schemas"]["OrderLine"][];
            /** @description The sum of the lines */
            totalPrice: number;
            /** @description Code of the currency of all amounts (ISO 4217) */
            currency: string;
            shippingAddress: null | components["schemas"]["ShippingAddress"];
            /**
             * Format: date-time
             * @description Time of creation
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description Time of the last change
             */
            updatedAt: string;
        };
        /** @description A session in an export */
        ExportedSession: {
            /**
             * Format: uuid
             * @description Id of the session
             */
            id: string;
            /** @description `User-Agent` of the client */
            device: string | null;
            /** @description Network address of the client */
            address: string | null;
            /**
             * Format: date-time
             * @description Time of the log-in
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description Time at which the user last entered the password
             */
            authenticatedAt: string;
            /**
             * Format: date-time
             * @description As in the list of sessions
             */
            lastUsedAt: string;
            /**
             * Format: date-time
             * @description As in the list of sessions
             */
            expiresAt: string;
            /**
             * Format: date-time
             * @description Time at which the session was revoked; null if it was not
             */
            endedAt: string | null;
        };
        /**
         * @description This call is for administrators only.
         * @example {
         *       "type": "about:blank",
         *       "title": "Forbidden",
         *       "status": 403,
         *       "detail": "This call is for administrators only.",
         *       "instance": "/…",
         *       "code": "forbidden",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        ForbiddenProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "forbidden";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "forbidden";
        };
        /**
         * @description Too many passwords are being checked at the moment. Try again in a few seconds.
         * @example {
         *       "type": "about:blank",
         *       "title": "Service Unavailable",
         *       "status": 503,
         *       "detail": "Too many passwords are being checked at the moment. Try again in a few seconds.",
         *       "instance": "/…",
         *       "code": "hashing_busy",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        HashingBusyProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "hashing_busy";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "hashing_busy";
        };
        /** @description Where to begin */
        Home: {
            /** @description Name of the software */
            name: string;
            /** @description Version of the software */
            version: string;
            links: components["schemas"]["HomeLinks"];
        };
        /** @description Paths of this shop */
        HomeLinks: {
            /** @description The documentation page */
            documentation: string;
            /** @description The OpenAPI document as JSON */
            openapi: string;
            /** @description The OpenAPI document as YAML */
            openapiYaml: string;
            /** @description The list of products */
            products: string;
            /** @description Liveness of this process */
            liveness: string;
            /** @description Readiness of the shop */
            readiness: string;
        };
        /**
         * @description This Idempotency-Key was already used for a different request. Use a new key.
         * @example {
         *       "type": "about:blank",
         *       "title": "Unprocessable Entity",
         *       "status": 422,
         *       "detail": "This Idempotency-Key was already used for a different request. Use a new key.",
         *       "instance": "/…",
         *       "code": "idempotency_key_reused",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        IdempotencyKeyReusedProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "idempotency_key_reused";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "idempotency_key_reused";
        };
        /**
         * @description The replies stored under your Idempotency-Keys of the last 24 hours have reached your quota. Nothing was done. Retry later, or send the request without a key.
         * @example {
         *       "type": "https://iana.org/assignments/http-problem-types#quota-exceeded",
         *       "title": "Too Many Requests",
         *       "status": 429,
         *       "detail": "The replies stored under your Idempotency-Keys of the last 24 hours have reached your quota. Nothing was done. Retry later, or send the request without a key.",
         *       "instance": "/…",
         *       "code": "idempotency_quota_exceeded",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff",
         *       "violated-policies": [
         *         "default"
         *       ],
         *       "retryAfter": 3600
         *     }
         */
        IdempotencyQuotaExceededProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "idempotency_quota_exceeded";
            /** @description Names of the exceeded limits, as in `RateLimit-Policy` */
            "violated-policies": string[];
            /**
             * Format: int32
             * @description Seconds until the oldest reply is deleted, as in `Retry-After`
             */
            retryAfter: number;
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "idempotency_quota_exceeded";
        };
        /**
         * @description The order cannot change from its current status to the requested one.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "The order cannot change from its current status to the requested one.",
         *       "instance": "/…",
         *       "code": "illegal_transition",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff",
         *       "from": "pending",
         *       "to": "shipped",
         *       "allowed": [
         *         "confirmed",
         *         "cancelled"
         *       ]
         *     }
         */
        IllegalTransitionProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "illegal_transition";
            /** @description Current status */
            from: components["schemas"]["OrderStatus"];
            /** @description Requested status */
            to: components["schemas"]["OrderStatus"];
            /** @description Statuses to which the order can change */
            allowed: components["schemas"]["OrderStatus"][];
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "illegal_transition";
        };
        /**
         * @description The file has no rows.
         * @example {
         *       "type": "about:blank",
         *       "title": "Unprocessable Entity",
         *       "status": 422,
         *       "detail": "The file has no rows.",
         *       "instance": "/…",
         *       "code": "import_empty",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        ImportEmptyProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "import_empty";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "import_empty";
        };
        /**
         * @description The import has ended.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "The import has ended.",
         *       "instance": "/…",
         *       "code": "import_ended",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff",
         *       "importStatus": "finished"
         *     }
         */
        ImportEndedProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "import_ended";
            /**
             * @description Status of the import
             * @enum {string}
             */
            importStatus: "running" | "finished" | "cancelled" | "failed";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "import_ended";
        };
        /**
         * @description The import does not exist.
         * @example {
         *       "type": "about:blank",
         *       "title": "Not Found",
         *       "status": 404,
         *       "detail": "The import does not exist.",
         *       "instance": "/…",
         *       "code": "import_not_found",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        ImportNotFoundProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "import_not_found";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "import_not_found";
        };
        /**
         * @description Status of an import
         * @enum {string}
         */
        ImportStatus: "receiving" | "running" | "finished" | "cancelled" | "failed";
        /**
         * @description The file has more than 1,000,000 rows or 256 MiB. Nothing was imported: split it.
         * @example {
         *       "type": "about:blank",
         *       "title": "Unprocessable Entity",
         *       "status": 422,
         *       "detail": "The file has more than 1,000,000 rows or 256 MiB. Nothing was imported: split it.",
         *       "instance": "/…",
         *       "code": "import_too_large",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        ImportTooLargeProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "import_too_large";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "import_too_large";
        };
        /**
         * @description The API key does not have the scope that this call requires. Create a key with that scope.
         * @example {
         *       "type": "about:blank",
         *       "title": "Forbidden",
         *       "status": 403,
         *       "detail": "The API key does not have the scope that this call requires. Create a key with that scope.",
         *       "instance": "/…",
         *       "code": "insufficient_scope",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff",
         *       "scope": "orders:read"
         *     }
         */
        InsufficientScopeProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "insufficient_scope";
            /** @description The scope that the call requires, as in `WWW-Authenticate` */
            scope: components["schemas"]["Scope"];
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "insufficient_scope";
        };
        /**
         * @description An unexpected error occurred in the shop.
         * @example {
         *       "type": "about:blank",
         *       "title": "Internal Server Error",
         *       "status": 500,
         *       "detail": "An unexpected error occurred in the shop.",
         *       "instance": "/…",
         *       "code": "internal_error",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        InternalErrorProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "internal_error";
        };
        /**
         * @description One or more fields of the body are invalid; errors lists them.
         * @example {
         *       "type": "about:blank",
         *       "title": "Unprocessable Entity",
         *       "status": 422,
         *       "detail": "One or more fields of the body are invalid; errors lists them.",
         *       "instance": "/…",
         *       "code": "invalid_body",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff",
         *       "errors": [
         *         {
         *           "pointer": "/items/0/quantity",
         *           "detail": "The quantity of item 1 must be at least 1."
         *         }
         *       ]
         *     }
         */
        InvalidBodyProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "invalid_body";
            /** @description The validation errors, one for each invalid value */
            errors: {
                /** @description JSON pointer to the invalid value in the body (RFC 6901) */
                pointer: string;
                /** @description What is wrong and what would be right; can be shown to a shopper */
                detail: string;
            }[];
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "invalid_body";
        };
        /**
         * @description The log-in name or the password is wrong.
         * @example {
         *       "type": "about:blank",
         *       "title": "Unauthorized",
         *       "status": 401,
         *       "detail": "The log-in name or the password is wrong.",
         *       "instance": "/…",
         *       "code": "invalid_credentials",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        InvalidCredentialsProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "invalid_credentials";
        };
        /**
         * @description The cursor does not belong to this list with this sort and these filters. Start again without after.
         * @example {
         *       "type": "about:blank",
         *       "title": "Bad Request",
         *       "status": 400,
         *       "detail": "The cursor does not belong to this list with this sort and these filters. Start again without after.",
         *       "instance": "/…",
         *       "code": "invalid_cursor",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        InvalidCursorProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "invalid_cursor";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "invalid_cursor";
        };
        /**
         * @description The Idempotency-Key must be 1 to 255 visible ASCII characters, bare or as a quoted string.
         * @example {
         *       "type": "about:blank",
         *       "title": "Bad Request",
         *       "status": 400,
         *       "detail": "The Idempotency-Key must be 1 to 255 visible ASCII characters, bare or as a quoted string.",
         *       "instance": "/…",
         *       "code": "invalid_idempotency_key",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        InvalidIdempotencyKeyProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "invalid_idempotency_key";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "invalid_idempotency_key";
        };
        /**
         * @description The file cannot be read; `reason` says why, and `line` where. Nothing was imported.
         * @example {
         *       "type": "about:blank",
         *       "title": "Unprocessable Entity",
         *       "status": 422,
         *       "detail": "The file cannot be read; `reason` says why, and `line` where. Nothing was imported.",
         *       "instance": "/…",
         *       "code": "invalid_import",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff",
         *       "line": 3,
         *       "reason": "A quotation mark is not closed."
         *     }
         */
        InvalidImportProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "invalid_import";
            /**
             * Format: int32
             * @description Line of the file at which what is wrong begins; the first one is 1
             */
            line: number;
            /** @description What is wrong; can be shown to people */
            reason: string;
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "invalid_import";
        };
        /**
         * @description One or more query parameters are invalid; errors lists them.
         * @example {
         *       "type": "about:blank",
         *       "title": "Bad Request",
         *       "status": 400,
         *       "detail": "One or more query parameters are invalid; errors lists them.",
         *       "instance": "/…",
         *       "code": "invalid_query",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff",
         *       "errors": [
         *         {
         *           "parameter": "limit",
         *           "detail": "The parameter limit must be at most 100."
         *         }
         *       ]
         *     }
         */
        InvalidQueryProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "invalid_query";
            /** @description The validation errors, one for each invalid parameter */
            errors: {
                /** @description Name of the invalid parameter; empty for the query string */
                parameter: string;
                /** @description What is wrong and what would be right; can be shown to a shopper */
                detail: string;
            }[];
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "invalid_query";
        };
        /**
         * @description The refresh token is invalid, expired, revoked or already used. Log in again.
         * @example {
         *       "type": "about:blank",
         *       "title": "Unauthorized",
         *       "status": 401,
         *       "detail": "The refresh token is invalid, expired, revoked or already used. Log in again.",
         *       "instance": "/…",
         *       "code": "invalid_refresh_token",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        InvalidRefreshTokenProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "invalid_refresh_token";
        };
        /**
         * @description The token from the e-mail is invalid, expired, revoked or already used. Request another e-mail.
         * @example {
         *       "type": "about:blank",
         *       "title": "Unauthorized",
         *       "status": 401,
         *       "detail": "The token from the e-mail is invalid, expired, revoked or already used. Request another e-mail.",
         *       "instance": "/…",
         *       "code": "invalid_reset_token",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        InvalidResetTokenProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "invalid_reset_token";
        };
        /**
         * @description The access token or API key is malformed, expired or revoked.
         * @example {
         *       "type": "about:blank",
         *       "title": "Unauthorized",
         *       "status": 401,
         *       "detail": "The access token or API key is malformed, expired or revoked.",
         *       "instance": "/…",
         *       "code": "invalid_token",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        InvalidTokenProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "invalid_token";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "invalid_token";
        };
        /**
         * @description The token from the e-mail is invalid, expired, revoked or already used. Request another e-mail.
         * @example {
         *       "type": "about:blank",
         *       "title": "Unauthorized",
         *       "status": 401,
         *       "detail": "The token from the e-mail is invalid, expired, revoked or already used. Request another e-mail.",
         *       "instance": "/…",
         *       "code": "invalid_verification_token",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        InvalidVerificationTokenProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "invalid_verification_token";
        };
        /** @description A public key (RFC 7517) */
        JsonWebKey: {
            /** @description The thumbprint of the key (RFC 7638), as in the header of a token */
            kid: string;
            /**
             * @description Algorithm of the signatures
             * @enum {string}
             */
            alg: "ES256" | "RS256";
            /**
             * @description The key verifies signatures
             * @enum {string}
             */
            use: "sig";
            /**
             * @description Type of the key
             * @enum {string}
             */
            kty: "EC" | "RSA";
            /** @description Curve of an EC key */
            crv?: string;
            /** @description x coordinate of an EC key */
            x?: string;
            /** @description y coordinate of an EC key */
            y?: string;
            /** @description Exponent of an RSA key */
            e?: string;
            /** @description Modulus of an RSA key */
            n?: string;
        };
        /** @description Public keys (RFC 7517) */
        JsonWebKeySet: {
            /** @description The keys whose signatures are valid */
            keys: components["schemas"]["JsonWebKey"][];
        };
        /**
         * @description The shop must keep at least one enabled administrator.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "The shop must keep at least one enabled administrator.",
         *       "instance": "/…",
         *       "code": "last_admin",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        LastAdminProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "last_admin";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "last_admin";
        };
        /**
         * @description The cart can hold at most 999 of one product.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "The cart can hold at most 999 of one product.",
         *       "instance": "/…",
         *       "code": "line_quantity_exceeded",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff",
         *       "limit": 999
         *     }
         */
        LineQuantityExceededProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "line_quantity_exceeded";
            /**
             * Format: int32
             * @description Maximum number of units of one product
             */
            limit: number;
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "line_quantity_exceeded";
        };
        /** @description The password, and exactly one of `email`, `username` and `login` */
        LogIn: {
            /**
             * Format: email
             * @description Compared without regard to letter case and Unicode form; a domain in Unicode is the same as in ASCII (`xn--`)
             */
            email?: string;
            /** @description 3 to 30 of the letters a to z, digits, `.`, `_` and `-`; stored in lower case */
            username?: string;
            /** @description An e-mail address or a user name */
            login?: string;
            /** @description The current password */
            password: string;
        } & (unknown | unknown | unknown);
        /**
         * @description The body is not a JSON object.
         * @example {
         *       "type": "about:blank",
         *       "title": "Bad Request",
         *       "status": 400,
         *       "detail": "The body is not a JSON object.",
         *       "instance": "/…",
         *       "code": "malformed_json",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        MalformedJsonProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "malformed_json";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "malformed_json";
        };
        /**
         * @description The request target cannot be decoded.
         * @example {
         *       "type": "about:blank",
         *       "title": "Bad Request",
         *       "status": 400,
         *       "detail": "The request target cannot be decoded.",
         *       "instance": "/…",
         *       "code": "malformed_request",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        MalformedRequestProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "malformed_request";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "malformed_request";
        };
        /** @description A user, as administrators see it */
        ManagedUser: {
            /**
             * Format: uuid
             * @description Id of the user, and of the customer
             */
            id: string;
            /** @description Full name */
            name: string;
            /** @description E-mail address, by which the user logs in */
            email: string;
            /** @description Whether the user has proved access to the address */
            emailVerified: boolean;
            /** @description User name for the log-in; null if the user has none */
            username: string | null;
            /** @description What the user may do */
            role: components["schemas"]["Role"];
            /**
             * Format: date-time
             * @description Time of creation
             */
            createdAt: string;
            /** @description A disabled user can neither log in nor use a token */
            disabled: boolean;
            /**
             * Format: date-time
             * @description Time of the last change
             */
            updatedAt: string;
        };
        /** @description A page of a list */
        ManagedUserPage: components["schemas"]["Page"] & {
            /** @description At most `limit` items, in the order of the list */
            items: components["schemas"]["ManagedUser"][];
        };
        /** @description Fields of a user to change; absent ones stay as they are */
        ManagedUserUpdate: {
            /** @description New role */
            role?: components["schemas"]["Role"];
            /** @description true disables the user, false enables the user */
            disabled?: boolean;
            /**
             * Format: uuid
             * @description Id of the user, and of the customer
             */
            readonly id?: string;
            /** @description Full name */
            readonly name?: string;
            /** @description E-mail address, by which the user logs in */
            readonly email?: string;
            /** @description Whether the user has proved access to the address */
            readonly emailVerified?: boolean;
            /** @description User name for the log-in; null if the user has none */
            readonly username?: string | null;
            /**
             * Format: date-time
             * @description Time of creation
             */
            readonly createdAt?: string;
            /**
             * Format: date-time
             * @description Time of the last change
             */
            readonly updatedAt?: string;
        };
        /**
         * @description No resource has this path. The documentation at /docs lists the paths.
         * @example {
         *       "type": "about:blank",
         *       "title": "Not Found",
         *       "status": 404,
         *       "detail": "No resource has this path. The documentation at /docs lists the paths.",
         *       "instance": "/…",
         *       "code": "not_found",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        NotFoundProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "not_found";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "not_found";
        };
        /**
         * @description The shop cannot serve requests at the moment. Try again later.
         * @example {
         *       "type": "about:blank",
         *       "title": "Service Unavailable",
         *       "status": 503,
         *       "detail": "The shop cannot serve requests at the moment. Try again later.",
         *       "instance": "/…",
         *       "code": "not_ready",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        NotReadyProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "not_ready";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "not_ready";
        };
        /**
         * @description Customers can only cancel their orders. Other changes of status are for administrators.
         * @example {
         *       "type": "about:blank",
         *       "title": "Forbidden",
         *       "status": 403,
         *       "detail": "Customers can only cancel their orders. Other changes of status are for administrators.",
         *       "instance": "/…",
         *       "code": "only_cancelling_allowed",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        OnlyCancellingAllowedProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "only_cancelling_allowed";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "only_cancelling_allowed";
        };
        /**
         * @description The customer has confirmed or shipped orders. Try again when they are delivered or cancelled.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "The customer has confirmed or shipped orders. Try again when they are delivered or cancelled.",
         *       "instance": "/…",
         *       "code": "open_orders",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        OpenOrdersProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "open_orders";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "open_orders";
        };
        /** @description An order */
        Order: {
            /**
             * Format: uuid
             * @description The same as `id`
             */
            orderId: string;
            /**
             * Format: uuid
             * @description Id of the order
             */
            id: string;
            /**
             * Format: uuid
             * @description Id of the customer; a pseudonym once the customer is erased
             */
            userId: string;
            /** @description The number by which people name the order; unique, and no count of orders */
            number: string;
            /** @description Current status */
            status: components["schemas"]["OrderStatus"];
            /** @description Names, SKUs and prices as of the placing of the order */
            products: components["schemas"]["OrderLine"][];
            /** @description The sum of the lines */
            totalPrice: number;
            /** @description Code of the currency of all amounts (ISO 4217) */
            currency: string;
            shippingAddress: null | components["schemas"]["ShippingAddress"];
            /**
             * Format: date-time
             * @description Time of creation
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description Time of the last change
             */
            updatedAt: string;
        };
        /** @description An order for the cart, with at most one of `addressId` and `shippingAddress` */
        OrderCreate: {
            /**
             * Format: uuid
             * @description Id of one of my addresses; not together with `shippingAddress`
             */
            addressId?: string;
            /** @description An address that is not added to the address book; not together with `addressId` */
            shippingAddress?: components["schemas"]["ShippingAddressCreate"];
            /** @description The total shown to the customer, in USD. If the total differs, the order is refused with `total_changed` */
            expectedTotal?: number;
        };
        /** @description The customer of an order, as the account is now */
        OrderCustomer: {
            /** @description Current name */
            name: string;
            /** @description Current e-mail address */
            email: string;
        };
        /** @description An order, for administrators with its customer */
        OrderDetails: {
            /**
             * Format: uuid
             * @description The same as `id`
             */
            orderId: string;
            /**
             * Format: uuid
             * @description Id of the order
             */
            id: string;
            /**
             * Format: uuid
             * @description Id of the customer; a pseudonym once the customer is erased
             */
            userId: string;
            /** @description The number by which people name the order; unique, and no count of orders */
            number: string;
            /** @description Current status */
            status: components["schemas"]["OrderStatus"];
            /** @description Names, SKUs and prices as of the placing of the order */
            products: components["schemas"]["OrderLine"][];
            /** @description The sum of the lines */
            totalPrice: number;
            /** @description Code of the currency of all amounts (ISO 4217) */
            currency: string;
            shippingAddress: null | components["schemas"]["ShippingAddress"];
            /**
             * Format: date-time
             * @description Time of creation
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description Time of the last change
             */
            updatedAt: string;
            customer?: null | components["schemas"]["OrderCustomer"];
        };
        /** @description A page of a list */
        OrderDetailsPage: components["schemas"]["Page"] & {
            /** @description At most `limit` items, in the order of the list */
            items: components["schemas"]["OrderDetails"][];
        };
        /** @description A line of an order, as of its placing */
        OrderLine: {
            /**
             * Format: uuid
             * @description Id of the product
             */
            productId: string;
            /** @description Stock keeping unit; null if the product had none */
            sku: string | null;
            /** @description Name of the product */
            name: string;
            /** @description Price of one unit */
            unitPrice: number;
            /**
             * Format: int32
             * @description Number of units
             */
            quantity: number;
            /** @description Price times quantity */
            lineTotal: number;
        };
        /**
         * @description No order has this id, or you are not allowed to see it.
         * @example {
         *       "type": "about:blank",
         *       "title": "Not Found",
         *       "status": 404,
         *       "detail": "No order has this id, or you are not allowed to see it.",
         *       "instance": "/…",
         *       "code": "order_not_found",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        OrderNotFoundProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "order_not_found";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "order_not_found";
        };
        /** @description A page of a list */
        OrderPage: components["schemas"]["Page"] & {
            /** @description At most `limit` items, in the order of the list */
            items: components["schemas"]["Order"][];
        };
        /**
         * @description Status of an order
         * @enum {string}
         */
        OrderStatus: "pending" | "confirmed" | "shipped" | "delivered" | "cancelled";
        /** @description The status to which an order is to change */
        OrderUpdate: {
            /** @description New status */
            status: components["schemas"]["OrderStatus"];
            /**
             * Format: uuid
             * @description The same as `id`
             */
            readonly orderId?: string;
            /**
             * Format: uuid
             * @description Id of the order
             */
            readonly id?: string;
            /**
             * Format: uuid
             * @description Id of the customer; a pseudonym once the customer is erased
             */
            readonly userId?: string;
            /** @description The number by which people name the order; unique, and no count of orders */
            readonly number?: string;
            /** @description Names, SKUs and prices as of the placing of the order */
            readonly products?: components["schemas"]["OrderLine"][];
            /** @description The sum of the lines */
            readonly totalPrice?: number;
            /** @description Code of the currency of all amounts (ISO 4217) */
            readonly currency?: string;
            readonly shippingAddress?: null | components["schemas"]["ShippingAddress"];
            /**
             * Format: date-time
             * @description Time of creation
             */
            readonly createdAt?: string;
            /**
             * Format: date-time
             * @description Time of the last change
             */
            readonly updatedAt?: string;
            readonly customer?: null | components["schemas"]["OrderCustomer"];
        };
        /**
         * @description The stock is too low for some lines; `lines` names them.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "The stock is too low for some lines; `lines` names them.",
         *       "instance": "/…",
         *       "code": "out_of_stock",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff",
         *       "lines": [
         *         {
         *           "productId": "019b76da-a800-7000-8000-000000000101",
         *           "requested": 200,
         *           "available": 120
         *         }
         *       ]
         *     }
         */
        OutOfStockProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "out_of_stock";
            /** @description Every line whose stock is too low */
            lines: {
                /**
                 * Format: uuid
                 * @description Id of the product
                 */
                productId: string;
                /**
                 * Format: int32
                 * @description Number of units in the cart
                 */
                requested: number;
                /**
                 * Format: int32
                 * @description Number of units in stock; 0 if the product was deleted
                 */
                available: number;
            }[];
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "out_of_stock";
        };
        /**
         * @description The connection broke while the change was being committed. Check whether it happened before you retry.
         * @example {
         *       "type": "about:blank",
         *       "title": "Service Unavailable",
         *       "status": 503,
         *       "detail": "The connection broke while the change was being committed. Check whether it happened before you retry.",
         *       "instance": "/…",
         *       "code": "outcome_unknown",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        OutcomeUnknownProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "outcome_unknown";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "outcome_unknown";
        };
        /**
         * @description The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
         * @example {
         *       "type": "about:blank",
         *       "title": "Service Unavailable",
         *       "status": 503,
         *       "detail": "The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.",
         *       "instance": "/…",
         *       "code": "overloaded",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        OverloadedProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "overloaded";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "overloaded";
        };
        /** @description A page of a list */
        Page: {
            /** @description Cursor of the next page, passed as `after`; null on the last page */
            nextCursor: string | null;
        };
        /** @description A new password, and the current one */
        PasswordReplace: {
            /** @description The current password */
            currentPassword: string;
            /** @description 8 to 128 characters of any kind; the most common passwords are refused */
            newPassword: string;
        };
        /**
         * @description The current password is required to change the e-mail address.
         * @example {
         *       "type": "about:blank",
         *       "title": "Unprocessable Entity",
         *       "status": 422,
         *       "detail": "The current password is required to change the e-mail address.",
         *       "instance": "/…",
         *       "code": "password_required",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        PasswordRequiredProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "password_required";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "password_required";
        };
        /** @description A new password, and the right to set it */
        PasswordResetConfirm: {
            /** @description The token from the e-mail */
            token: string;
            /** @description 8 to 128 characters of any kind; the most common passwords are refused */
            newPassword: string;
        };
        /** @description The account whose password is to be reset */
        PasswordResetRequest: {
            /**
             * Format: email
             * @description Compared without regard to letter case and Unicode form; a domain in Unicode is the same as in ASCII (`xn--`)
             */
            email: string;
        };
        /** @description All personal data that the shop holds on one person */
        PersonalData: {
            /** @description My account and its sessions */
            account: components["schemas"]["ExportedAccount"];
            /** @description My profile and address book */
            customer: components["schemas"]["Customer"];
            /** @description My cart */
            cart: components["schemas"]["ExportedCart"];
            /** @description My own actions and those on my account, the latest first */
            auditLog: components["schemas"]["ExportedAuditEntry"][];
            /** @description The latest first */
            orders: components["schemas"]["ExportedOrder"][];
        };
        /**
         * @description The order could not be placed in time. Nothing was ordered, and the cart is as it was. Try again.
         * @example {
         *       "type": "about:blank",
         *       "title": "Service Unavailable",
         *       "status": 503,
         *       "detail": "The order could not be placed in time. Nothing was ordered, and the cart is as it was. Try again.",
         *       "instance": "/…",
         *       "code": "placement_expired",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        PlacementExpiredProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "placement_expired";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "placement_expired";
        };
        /**
         * @description The current version of the resource does not satisfy If-Match or If-None-Match. Send an ETag exactly as received, with its quotes.
         * @example {
         *       "type": "about:blank",
         *       "title": "Precondition Failed",
         *       "status": 412,
         *       "detail": "The current version of the resource does not satisfy If-Match or If-None-Match. Send an ETag exactly as received, with its quotes.",
         *       "instance": "/…",
         *       "code": "precondition_failed",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        PreconditionFailedProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "precondition_failed";
        };
        /** @description A problem document (RFC 9457). Each `code` has a schema of its own, which extends this one */
        Problem: {
            /** @description `about:blank` for most problems; `code` identifies the problem */
            type: string;
            /** @description Name of the HTTP status */
            title: string;
            /**
             * Format: int32
             * @description The HTTP status
             */
            status: number;
            /** @description Explanation for people; may change */
            detail: string;
            /** @description Path of the request */
            instance: string;
            /** @description Stable code for programs; never changes once published */
            code: string;
            /** @description Id of the request in the logs, also in `X-Request-Id` */
            requestId: string;
            /** @description The validation errors, one for each invalid value */
            errors?: components["schemas"]["ValidationError"][];
        };
        /** @description A product with its stock and its category */
        Product: {
            /**
             * Format: uuid
             * @description Id of the product
             */
            id: string;
            /** @description Stock keeping unit; null if the product has none */
            sku: string | null;
            /** @description Name for customers */
            name: string;
            /** @description Text for customers; may be empty */
            description: string;
            /** @description In major units of `currency` */
            price: number;
            /** @description Code of the currency of all amounts (ISO 4217) */
            currency: string;
            /**
             * Format: int32
             * @description Quantity in stock
             */
            quantity: number;
            category: null | components["schemas"]["ProductCategory"];
            /**
             * Format: uri
             * @description URL of a picture; null if the product has none
             */
            imageUrl: string | null;
            /**
             * Format: date-time
             * @description Time of creation
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description Time of the last edit; sales do not count as edits
             */
            updatedAt: string;
        };
        /** @description The category of a product */
        ProductCategory: {
            /**
             * Format: uuid
             * @description Id of the category
             */
            id: string;
            /** @description Current name of the category */
            name: string;
        };
        /** @description A product to create. Absent, `sku`, `categoryId` and `imageUrl` are null */
        ProductCreate: {
            /** @description Stock keeping unit: 1 to 64 visible ASCII characters without spaces, unique among the products of the shop; letter case is ignored */
            sku?: string | null;
            /** @description Name for customers */
            name: string;
            /** @description Text for customers; may be empty */
            description: string;
            /** @description In USD, with at most 2 decimals */
            price: number;
            /**
             * Format: uuid
             * @description Id of the category; null for none
             */
            categoryId?: string | null;
            /**
             * Format: uri
             * @description http or https, without user name and password; null for none
             */
            imageUrl?: string | null;
            /**
             * Format: int32
             * @description Initial stock
             * @default 0
             */
            quantity?: number;
        };
        /** @description A row of an export: a line of NDJSON, or what the cells of CSV mean */
        ProductExportRow: {
            /** @description Stock keeping unit; null without one: such a row cannot be imported */
            sku: string | null;
            /** @description Name for customers */
            name: string;
            /** @description Text for customers; may be empty */
            description: string;
            /** @description In USD */
            price: number;
            /**
             * Format: int32
             * @description Quantity in stock
             */
            quantity: number;
            /** @description Name of the category; null without one */
            category: string | null;
            /** @description URL of a picture; null without one */
            imageUrl: string | null;
        };
        /** @description An import of products */
        ProductImport: {
            /**
             * Format: uuid
             * @description Id of the import
             */
            id: string;
            /** @description `receiving` during the upload, `running` while rows are applied; then `finished`, `cancelled`, or `failed` if the upload was not completed */
            status: components["schemas"]["ImportStatus"];
            /**
             * @description Format of the file
             * @enum {string}
             */
            format: "csv" | "ndjson";
            /**
             * Format: uuid
             * @description Id of the administrator or of the API key
             */
            requestedBy: string | null;
            /**
             * Format: int32
             * @description Number of rows received
             */
            rows: number;
            /**
             * Format: int32
             * @description Number of rows applied or refused so far
             */
            processed: number;
            /**
             * Format: int32
             * @description Number of rows that created a product
             */
            created: number;
            /**
             * Format: int32
             * @description Number of rows that changed one
             */
            updated: number;
            /**
             * Format: int32
             * @description Number of rows that said of a product what it was already
             */
            unchanged: number;
            /**
             * Format: int32
             * @description Number of rows with errors, which changed nothing
             */
            refused: number;
            /**
             * Format: date-time
             * @description Time of creation
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description Time of the last change
             */
            updatedAt: string;
            /**
             * Format: date-time
             * @description Time at which it ended; null before
             */
            finishedAt: string | null;
        };
        /** @description A row that was refused */
        ProductImportError: {
            /**
             * Format: int32
             * @description Line at which the row begins; the first line of the file is 1
             */
            line: number;
            /** @description SKU of the row, if it has one */
            sku: string | null;
            /** @description What is wrong with the row */
            errors: components["schemas"]["ProductImportProblem"][];
        };
        /** @description A page of a list */
        ProductImportErrorPage: components["schemas"]["Page"] & {
            /** @description At most `limit` items, in the order of the list */
            items: components["schemas"]["ProductImportError"][];
        };
        /** @description A page of a list */
        ProductImportPage: components["schemas"]["Page"] & {
            /** @description At most `limit` items, in the order of the list */
            items: components["schemas"]["ProductImport"][];
        };
        /** @description What is wrong with a field of a row */
        ProductImportProblem: {
            /** @description JSON pointer to the field (RFC 6901); empty for the whole row */
            pointer: string;
            /** @description What is wrong and what would be right */
            detail: string;
        };
        /** @description A row of an import: a line of NDJSON, or what the cells of CSV mean. Absent fields stay as they are */
        ProductImportRow: {
            /** @description SKU of the product, which is created if there is none */
            sku: string;
            /** @description Name for customers; required for a new product */
            name?: string;
            /** @description Text for customers; may be empty */
            description?: string;
            /** @description In USD; required for a new product */
            price?: number;
            /**
             * Format: int32
             * @description Sets the stock; if absent, the stock does not change
             */
            quantity?: number;
            /** @description Name of the category, in any letter case; null for none. Not together with `categoryId` */
            category?: string | null;
            /**
             * Format: uuid
             * @description Id of the category; null for none
             */
            categoryId?: string | null;
            /**
             * Format: uri
             * @description http or https, without user name and password; null for none
             */
            imageUrl?: string | null;
        };
        /**
         * @description The product does not exist.
         * @example {
         *       "type": "about:blank",
         *       "title": "Not Found",
         *       "status": 404,
         *       "detail": "The product does not exist.",
         *       "instance": "/…",
         *       "code": "product_not_found",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        ProductNotFoundProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "product_not_found";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "product_not_found";
        };
        /** @description A page of a list */
        ProductPage: components["schemas"]["Page"] & {
            /** @description At most `limit` items, in the order of the list */
            items: components["schemas"]["Product"][];
        };
        /** @description The new content of a product. Absent, `sku`, `categoryId` and `imageUrl` are null */
        ProductReplace: {
            /** @description Stock keeping unit: 1 to 64 visible ASCII characters without spaces, unique among the products of the shop; letter case is ignored */
            sku?: string | null;
            /** @description Name for customers */
            name: string;
            /** @description Text for customers; may be empty */
            description: string;
            /** @description In USD, with at most 2 decimals */
            price: number;
            /**
             * Format: uuid
             * @description Id of the category; null for none
             */
            categoryId?: string | null;
            /**
             * Format: uri
             * @description http or https, without user name and password; null for none
             */
            imageUrl?: string | null;
            /**
             * Format: int32
             * @description Sets the stock; if absent, the stock does not change
             */
            quantity?: number;
            /**
             * Format: uuid
             * @description Id of the product
             */
            readonly id?: string;
            /** @description Code of the currency of all amounts (ISO 4217) */
            readonly currency?: string;
            readonly category?: null | components["schemas"]["ProductCategory"];
            /**
             * Format: date-time
             * @description Time of creation
             */
            readonly createdAt?: string;
            /**
             * Format: date-time
             * @description Time of the last edit; sales do not count as edits
             */
            readonly updatedAt?: string;
        };
        /** @description Fields of a product to change; absent ones stay as they are */
        ProductUpdate: {
            /** @description Stock keeping unit: 1 to 64 visible ASCII characters without spaces, unique among the products of the shop; letter case is ignored */
            sku?: string | null;
            /** @description Name for customers */
            name?: string;
            /** @description Text for customers; may be empty */
            description?: string;
            /** @description In USD, with at most 2 decimals */
            price?: number;
            /**
             * Format: uuid
             * @description Id of the category; null for none
             */
            categoryId?: string | null;
            /**
             * Format: uri
             * @description http or https, without user name and password; null for none
             */
            imageUrl?: string | null;
            /**
             * Format: int32
             * @description Sets the stock; if absent, the stock does not change
             */
            quantity?: number;
            /**
             * Format: uuid
             * @description Id of the product
             */
            readonly id?: string;
            /** @description Code of the currency of all amounts (ISO 4217) */
            readonly currency?: string;
            readonly category?: null | components["schemas"]["ProductCategory"];
            /**
             * Format: date-time
             * @description Time of creation
             */
            readonly createdAt?: string;
            /**
             * Format: date-time
             * @description Time of the last edit; sales do not count as edits
             */
            readonly updatedAt?: string;
        };
        /**
         * @description Too many requests. Try again after the number of seconds in Retry-After.
         * @example {
         *       "type": "https://iana.org/assignments/http-problem-types#quota-exceeded",
         *       "title": "Too Many Requests",
         *       "status": 429,
         *       "detail": "Too many requests. Try again after the number of seconds in Retry-After.",
         *       "instance": "/…",
         *       "code": "rate_limited",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff",
         *       "violated-policies": [
         *         "default"
         *       ]
         *     }
         */
        RateLimitedProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "rate_limited";
            /** @description Names of the exceeded limits, as in `RateLimit-Policy` */
            "violated-policies": string[];
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "rate_limited";
        };
        /**
         * @description This call requires a log-in within the last ten minutes. Log in again and repeat the request with the new access token.
         * @example {
         *       "type": "about:blank",
         *       "title": "Forbidden",
         *       "status": 403,
         *       "detail": "This call requires a log-in within the last ten minutes. Log in again and repeat the request with the new access token.",
         *       "instance": "/…",
         *       "code": "recent_login_required",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        RecentLoginRequiredProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "recent_login_required";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "recent_login_required";
        };
        /**
         * @description A request with this Idempotency-Key is still running. Try again in a moment.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "A request with this Idempotency-Key is still running. Try again in a moment.",
         *       "instance": "/…",
         *       "code": "request_in_progress",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        RequestInProgressProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "request_in_progress";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "request_in_progress";
        };
        /**
         * @description Role of a user: customers use the shop, administrators manage it
         * @enum {string}
         */
        Role: "customer" | "admin";
        /**
         * @description What an API key may be allowed to do
         * @enum {string}
         */
        Scope: "catalog:read" | "catalog:write" | "orders:read" | "orders:write" | "customers:read" | "customers:write" | "webhooks:manage";
        /**
         * @description Too many searches are running. Try again.
         * @example {
         *       "type": "about:blank",
         *       "title": "Service Unavailable",
         *       "status": 503,
         *       "detail": "Too many searches are running. Try again.",
         *       "instance": "/…",
         *       "code": "search_busy",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        SearchBusyProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "search_busy";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "search_busy";
        };
        /**
         * @description The search took too long. Try fewer filters or other words.
         * @example {
         *       "type": "about:blank",
         *       "title": "Service Unavailable",
         *       "status": 503,
         *       "detail": "The search took too long. Try fewer filters or other words.",
         *       "instance": "/…",
         *       "code": "search_timed_out",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        SearchTimedOutProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "search_timed_out";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "search_timed_out";
        };
        /**
         * @description A part of the shop cannot be reached at the moment. Try again later.
         * @example {
         *       "type": "about:blank",
         *       "title": "Service Unavailable",
         *       "status": 503,
         *       "detail": "A part of the shop cannot be reached at the moment. Try again later.",
         *       "instance": "/…",
         *       "code": "service_unavailable",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        ServiceUnavailableProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "service_unavailable";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "service_unavailable";
        };
        /** @description A session: a log-in from one device */
        Session: {
            /**
             * Format: uuid
             * @description Id of the session
             */
            id: string;
            /** @description `User-Agent` of the client */
            device: string | null;
            /** @description Network address of the client */
            address: string | null;
            /**
             * Format: date-time
             * @description Time of the log-in
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description Time of the last refresh or log-in, rounded down to the hour
             */
            lastUsedAt: string;
            /**
             * Format: date-time
             * @description Time at which the session expires unless it is refreshed, rounded up to the hour
             */
            expiresAt: string;
            /** @description Whether this is the session of the request */
            current: boolean;
        };
        /**
         * @description No active session of yours has this id.
         * @example {
         *       "type": "about:blank",
         *       "title": "Not Found",
         *       "status": 404,
         *       "detail": "No active session of yours has this id.",
         *       "instance": "/…",
         *       "code": "session_not_found",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        SessionNotFoundProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "session_not_found";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "session_not_found";
        };
        /** @description A page of a list */
        SessionPage: components["schemas"]["Page"] & {
            /** @description At most `limit` items, in the order of the list */
            items: components["schemas"]["Session"][];
        };
        /** @description The refresh token of a session */
        SessionRefresh: {
            /** @description The `refreshToken` of the last log-in or refresh */
            refreshToken: string;
        };
        /** @description The address of an order */
        ShippingAddress: components["schemas"]["Address"];
        /** @description An address for one order. Absent optional texts are null */
        ShippingAddressCreate: {
            /** @description Recipient, if it is not the customer */
            name?: string | null;
            /** @description Street and number, or the like */
            line1: string;
            /** @description Second line: flat, floor, company */
            line2?: string | null;
            /** @description City, town or village */
            city: string;
            /** @description State, province or county */
            region?: string | null;
            /** @description Postal code, where the country has them */
            postalCode?: string | null;
            /** @description ISO 3166-1 alpha-2, in upper or lower case; stored in upper case */
            country: string;
            /** @description Phone number for the delivery */
            phone?: string | null;
        };
        /**
         * @description The shop is shutting down.
         * @example {
         *       "type": "about:blank",
         *       "title": "Service Unavailable",
         *       "status": 503,
         *       "detail": "The shop is shutting down.",
         *       "instance": "/…",
         *       "code": "shutting_down",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        ShuttingDownProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "shutting_down";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "shutting_down";
        };
        /** @description A new account */
        SignUp: {
            /** @description Full name */
            name: string;
            /**
             * Format: email
             * @description Compared without regard to letter case and Unicode form; a domain in Unicode is the same as in ASCII (`xn--`)
             */
            email: string;
            /** @description 3 to 30 of the letters a to z, digits, `.`, `_` and `-`; stored in lower case */
            username?: string;
            /** @description 8 to 128 characters of any kind; the most common passwords are refused */
            password: string;
        };
        /**
         * @description Another product already has this SKU.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "Another product already has this SKU.",
         *       "instance": "/…",
         *       "code": "sku_taken",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        SkuTakenProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "sku_taken";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "sku_taken";
        };
        /**
         * @description The resource was changed by another request in the meantime. Read it again and retry.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "The resource was changed by another request in the meantime. Read it again and retry.",
         *       "instance": "/…",
         *       "code": "stale_write",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        StaleWriteProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "stale_write";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "stale_write";
        };
        /** @description State of the process */
        Status: {
            /**
             * @description Always `ok`: otherwise the response is a problem
             * @enum {string}
             */
            status: "ok";
        };
        /** @description A change of the stock */
        StockAdjustmentCreate: {
            /**
             * Format: int32
             * @description Number of units added, or removed if negative; not 0
             */
            delta: number;
            /** @description Reason, for the ledger */
            note?: string;
        };
        /** @description A movement of the stock ledger */
        StockMovement: {
            /**
             * Format: uuid
             * @description Id of the movement
             */
            id: string;
            /**
             * Format: int32
             * @description Number of units added, or removed if negative
             */
            delta: number;
            /**
             * @description What moved the stock
             * @enum {string}
             */
            reason: "initial" | "order" | "cancellation" | "adjustment" | "edit";
            /** @description As given with the adjustment; null if there is none */
            note: string | null;
            /**
             * Format: uuid
             * @description Id of the order, if the reason is `order` or `cancellation`
             */
            orderId: string | null;
            /**
             * Format: int32
             * @description Quantity in stock afterwards
             */
            balance: number;
            /**
             * Format: date-time
             * @description Time of creation
             */
            createdAt: string;
        };
        /** @description A page of a list */
        StockMovementPage: components["schemas"]["Page"] & {
            /** @description At most `limit` items, in the order of the list */
            items: components["schemas"]["StockMovement"][];
        };
        /**
         * @description The adjustment would make the stock negative or larger than the maximum of 1000000000.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "The adjustment would make the stock negative or larger than the maximum of 1000000000.",
         *       "instance": "/…",
         *       "code": "stock_out_of_range",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff",
         *       "productId": "019b76da-a800-7000-8000-000000000101",
         *       "delta": -200
         *     }
         */
        StockOutOfRangeProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "stock_out_of_range";
            /**
             * Format: uuid
             * @description Id of the product
             */
            productId: string;
            /**
             * Format: int32
             * @description The requested change
             */
            delta: number;
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "stock_out_of_range";
        };
        /** @description The tokens of a session, and its user */
        Tokens: {
            /** @description The user who has logged in */
            user: components["schemas"]["User"];
            /** @description Send it as `Authorization: Bearer …` */
            accessToken: string;
            /**
             * @description How the access token is sent (RFC 6750)
             * @enum {string}
             */
            tokenType: "Bearer";
            /**
             * Format: int32
             * @description Lifetime of the access token in seconds
             */
            expiresIn: number;
            /** @description Valid for one call of `POST /auth/refresh` */
            refreshToken: string;
        };
        /**
         * @description Too many imports are under way. Wait until one has ended, or cancel one.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "Too many imports are under way. Wait until one has ended, or cancel one.",
         *       "instance": "/…",
         *       "code": "too_many_imports",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff",
         *       "limit": 10
         *     }
         */
        TooManyImportsProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "too_many_imports";
            /**
             * Format: int32
             * @description Maximum number of imports under way
             */
            limit: number;
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "too_many_imports";
        };
        /**
         * @description You already have the maximum number of pending orders. Cancel one, or wait until one is confirmed.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "You already have the maximum number of pending orders. Cancel one, or wait until one is confirmed.",
         *       "instance": "/…",
         *       "code": "too_many_pending_orders",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff",
         *       "limit": 20
         *     }
         */
        TooManyPendingOrdersProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "too_many_pending_orders";
            /**
             * Format: int32
             * @description Maximum number of pending orders of a customer
             */
            limit: number;
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "too_many_pending_orders";
        };
        /**
         * @description The total of the order differs from expectedTotal. Show the cart again before you order.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "The total of the order differs from expectedTotal. Show the cart again before you order.",
         *       "instance": "/…",
         *       "code": "total_changed",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff",
         *       "expectedTotal": 20,
         *       "totalPrice": 18
         *     }
         */
        TotalChangedProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "total_changed";
            /** @description The total that the request expected */
            expectedTotal: number;
            /** @description The current total */
            totalPrice: number;
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "total_changed";
        };
        /**
         * @description This call requires an access token or an API key in the header Authorization: Bearer. Log in to get a token.
         * @example {
         *       "type": "about:blank",
         *       "title": "Unauthorized",
         *       "status": 401,
         *       "detail": "This call requires an access token or an API key in the header Authorization: Bearer. Log in to get a token.",
         *       "instance": "/…",
         *       "code": "unauthenticated",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        UnauthenticatedProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "unauthenticated";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "unauthenticated";
        };
        /**
         * @description No address in the address book has this id.
         * @example {
         *       "type": "about:blank",
         *       "title": "Unprocessable Entity",
         *       "status": 422,
         *       "detail": "No address in the address book has this id.",
         *       "instance": "/…",
         *       "code": "unknown_address",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        UnknownAddressProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "unknown_address";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "unknown_address";
        };
        /**
         * @description No category has the id given as categoryId.
         * @example {
         *       "type": "about:blank",
         *       "title": "Unprocessable Entity",
         *       "status": 422,
         *       "detail": "No category has the id given as categoryId.",
         *       "instance": "/…",
         *       "code": "unknown_category",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        UnknownCategoryProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "unknown_category";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "unknown_category";
        };
        /**
         * @description The body must be of a media type that the operation documents, mostly application/json, in UTF-8 and uncompressed.
         * @example {
         *       "type": "about:blank",
         *       "title": "Unsupported Media Type",
         *       "status": 415,
         *       "detail": "The body must be of a media type that the operation documents, mostly application/json, in UTF-8 and uncompressed.",
         *       "instance": "/…",
         *       "code": "unsupported_media_type",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        UnsupportedMediaTypeProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "unsupported_media_type";
        };
        /** @description A user, as the user sees it */
        User: {
            /**
             * Format: uuid
             * @description Id of the user, and of the customer
             */
            id: string;
            /** @description Full name */
            name: string;
            /** @description E-mail address, by which the user logs in */
            email: string;
            /** @description Whether the user has proved access to the address */
            emailVerified: boolean;
            /** @description User name for the log-in; null if the user has none */
            username: string | null;
            /** @description What the user may do */
            role: components["schemas"]["Role"];
            /**
             * Format: date-time
             * @description Time of creation
             */
            createdAt: string;
        };
        /**
         * @description The user does not exist.
         * @example {
         *       "type": "about:blank",
         *       "title": "Not Found",
         *       "status": 404,
         *       "detail": "The user does not exist.",
         *       "instance": "/…",
         *       "code": "user_not_found",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        UserNotFoundProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "user_not_found";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "user_not_found";
        };
        /**
         * @description No API key may make this call: it requires the access token of a user. Log in to get one.
         * @example {
         *       "type": "about:blank",
         *       "title": "Forbidden",
         *       "status": 403,
         *       "detail": "No API key may make this call: it requires the access token of a user. Log in to get one.",
         *       "instance": "/…",
         *       "code": "user_required",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        UserRequiredProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "user_required";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "user_required";
        };
        /** @description Fields of my account to change; absent ones stay as they are */
        UserUpdate: {
            /** @description Full name */
            name?: string;
            /**
             * Format: email
             * @description Compared without regard to letter case and Unicode form; a domain in Unicode is the same as in ASCII (`xn--`)
             */
            email?: string;
            /** @description `null` removes the user name */
            username?: string | null;
            /** @description Required to change the e-mail address */
            currentPassword?: string;
            /**
             * Format: uuid
             * @description Id of the user, and of the customer
             */
            readonly id?: string;
            /** @description Whether the user has proved access to the address */
            readonly emailVerified?: boolean;
            /** @description What the user may do */
            readonly role?: components["schemas"]["Role"];
            /**
             * Format: date-time
             * @description Time of creation
             */
            readonly createdAt?: string;
        };
        /**
         * @description An account with this user name already exists.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "An account with this user name already exists.",
         *       "instance": "/…",
         *       "code": "username_taken",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        UsernameTakenProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "username_taken";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "username_taken";
        };
        /** @description What is wrong with one value of a request */
        ValidationError: {
            /** @description JSON pointer to the invalid value in the body (RFC 6901) */
            pointer?: string;
            /** @description Name of the invalid query parameter */
            parameter?: string;
            /** @description What is wrong and what would be right; can be shown to a shopper */
            detail: string;
        };
        /** @description A category was created. */
        WebhookCategoryCreated: {
            /**
             * Format: uuid
             * @description Id of the event, the same in all attempts, as in the header `webhook-id`
             */
            id: string;
            /**
             * @description Type of the event
             * @enum {string}
             */
            type: "category.created";
            /**
             * Format: int32
             * @description Version of the payload: members may be added to it; none is removed or changes its meaning
             */
            payloadVersion: number;
            /**
             * Format: date-time
             * @description Time of the event
             */
            timestamp: string;
            /** @description What the event is about */
            data: components["schemas"]["WebhookCategoryData"];
        };
        /** @description The category of an event */
        WebhookCategoryData: {
            /**
             * Format: uuid
             * @description Id of the category, for `GET /categories/{id}`
             */
            categoryId: string;
            /**
             * Format: int32
             * @description Version of the category after the event: it puts the events of one category in order
             */
            version: number;
        };
        /** @description A category was deleted. */
        WebhookCategoryDeleted: {
            /**
             * Format: uuid
             * @description Id of the event, the same in all attempts, as in the header `webhook-id`
             */
            id: string;
            /**
             * @description Type of the event
             * @enum {string}
             */
            type: "category.deleted";
            /**
             * Format: int32
             * @description Version of the payload: members may be added to it; none is removed or changes its meaning
             */
            payloadVersion: number;
            /**
             * Format: date-time
             * @description Time of the event
             */
            timestamp: string;
            /** @description What the event is about */
            data: components["schemas"]["WebhookCategoryData"];
        };
        /** @description A category was changed. */
        WebhookCategoryUpdated: {
            /**
             * Format: uuid
             * @description Id of the event, the same in all attempts, as in the header `webhook-id`
             */
            id: string;
            /**
             * @description Type of the event
             * @enum {string}
             */
            type: "category.updated";
            /**
             * Format: int32
             * @description Version of the payload: members may be added to it; none is removed or changes its meaning
             */
            payloadVersion: number;
            /**
             * Format: date-time
             * @description Time of the event
             */
            timestamp: string;
            /** @description What the event is about */
            data: components["schemas"]["WebhookCategoryData"];
        };
        /** @description A customer has signed up, or was created by an administrator. */
        WebhookCustomerCreated: {
            /**
             * Format: uuid
             * @description Id of the event, the same in all attempts, as in the header `webhook-id`
             */
            id: string;
            /**
             * @description Type of the event
             * @enum {string}
             */
            type: "customer.created";
            /**
             * Format: int32
             * @description Version of the payload: members may be added to it; none is removed or changes its meaning
             */
            payloadVersion: number;
            /**
             * Format: date-time
             * @description Time of the event
             */
            timestamp: string;
            /** @description What the event is about */
            data: components["schemas"]["WebhookCustomerData"];
        };
        /** @description The customer of an event, without any personal data */
        WebhookCustomerData: {
            /**
             * Format: uuid
             * @description Id of the customer, for `GET /customers/{id}`
             */
            customerId: string;
            /**
             * Format: int32
             * @description Version of the customer after the event: it puts the events of one customer in order
             */
            version: number;
        };
        /** @description The personal data of a customer was erased. */
        WebhookCustomerErased: {
            /**
             * Format: uuid
             * @description Id of the event, the same in all attempts, as in the header `webhook-id`
             */
            id: string;
            /**
             * @description Type of the event
             * @enum {string}
             */
            type: "customer.erased";
            /**
             * Format: int32
             * @description Version of the payload: members may be added to it; none is removed or changes its meaning
             */
            payloadVersion: number;
            /**
             * Format: date-time
             * @description Time of the event
             */
            timestamp: string;
            /** @description What the event is about */
            data: components["schemas"]["WebhookCustomerData"];
        };
        /** @description The profile or the address book of a customer was changed. */
        WebhookCustomerUpdated: {
            /**
             * Format: uuid
             * @description Id of the event, the same in all attempts, as in the header `webhook-id`
             */
            id: string;
            /**
             * @description Type of the event
             * @enum {string}
             */
            type: "customer.updated";
            /**
             * Format: int32
             * @description Version of the payload: members may be added to it; none is removed or changes its meaning
             */
            payloadVersion: number;
            /**
             * Format: date-time
             * @description Time of the event
             */
            timestamp: string;
            /** @description What the event is about */
            data: components["schemas"]["WebhookCustomerData"];
        };
        /** @description An attempt to send an event to a webhook endpoint */
        WebhookDelivery: {
            /**
             * Format: uuid
             * @description Id of the attempt
             */
            id: string;
            /**
             * Format: uuid
             * @description Id of the event, the same in all its attempts: the header `webhook-id`
             */
            eventId: string;
            /** @description Type of the event; `webhook_endpoint.pinged` for a ping */
            eventType: string;
            /** @description The body of the request, as it was signed: JSON */
            payload: string;
            /**
             * Format: int32
             * @description Number of the attempt; a redelivery begins with 1 again
             */
            number: number;
            /** @description `failed` is attempted again. `dead_lettered` is not: later events of the same resource wait until it is redelivered */
            outcome: components["schemas"]["WebhookOutcome"];
            /**
             * Format: int32
             * @description Status of the response; null if there was none
             */
            status: number | null;
            /** @description The first 1,024 characters of the body of the response; null if there was no response */
            response: string | null;
            /** @description Why there was no complete response */
            error: string | null;
            /**
             * Format: int32
             * @description Duration of the attempt in milliseconds
             */
            durationMs: number;
            /**
             * Format: date-time
             * @description Time of the attempt
             */
            at: string;
        };
        /** @description A page of a list */
        WebhookDeliveryPage: components["schemas"]["Page"] & {
            /** @description At most `limit` items, in the order of the list */
            items: components["schemas"]["WebhookDelivery"][];
        };
        /** @description The endpoint that was disabled */
        WebhookDisabledData: {
            /**
             * Format: uuid
             * @description Id of the endpoint
             */
            webhookId: string;
            /**
             * Format: int32
             * @description Version of the endpoint after the event: it puts the events of one endpoint in order
             */
            version: number;
            /** @description Why it was disabled */
            reason: components["schemas"]["WebhookDisabledReason"];
        };
        /**
         * @description The webhook endpoint is disabled: enable it first.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "The webhook endpoint is disabled: enable it first.",
         *       "instance": "/…",
         *       "code": "webhook_disabled",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        WebhookDisabledProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "webhook_disabled";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "webhook_disabled";
        };
        /**
         * @description Why an endpoint is disabled
         * @enum {string}
         */
        WebhookDisabledReason: "administrator" | "gone" | "failing";
        /** @description A URL of another program that is sent events */
        WebhookEndpoint: {
            /**
             * Format: uuid
             * @description Id of the endpoint
             */
            id: string;
            /** @description Where events are sent */
            url: string;
            /** @description A note for administrators; may be empty */
            description: string;
            /** @description Types of the events that it is sent */
            eventTypes: components["schemas"]["WebhookEventType"][];
            /** @description Whether it is sent events */
            enabled: boolean;
            disabledReason: null | components["schemas"]["WebhookDisabledReason"];
            /**
             * Format: date-time
             * @description Time of the first attempt since the last success that failed; null if the last has succeeded
             */
            failingSince: string | null;
            /**
             * Format: date-time
             * @description Until when messages are also signed with the secret before the last rotation; null if there was none, or it was ended
             */
            previousSecretEndsAt: string | null;
            /**
             * Format: date-time
             * @description Time of creation
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description Time of the last change
             */
            updatedAt: string;
        };
        /** @description A webhook endpoint to create */
        WebhookEndpointCreate: {
            /**
             * Format: uri
             * @description Where events are sent by POST. https, without user, password and fragment; its host must have public addresses only. It is stored in the normal form of the URL Standard, with the host in small letters and in Punycode
             */
            url: string;
            /**
             * @description A note for administrators; may be empty
             * @default
             */
            description?: string;
            /** @description Types of the events that it is sent, from `GET /webhook-event-types`. With none it is sent pings only */
            eventTypes: components["schemas"]["WebhookEventType"][];
        };
        /** @description A page of a list */
        WebhookEndpointPage: components["schemas"]["Page"] & {
            /** @description At most `limit` items, in the order of the list */
            items: components["schemas"]["WebhookEndpoint"][];
        };
        /** @description Changes of a webhook endpoint */
        WebhookEndpointUpdate: {
            /**
             * Format: uri
             * @description Where events are sent by POST. https, without user, password and fragment; its host must have public addresses only. It is stored in the normal form of the URL Standard, with the host in small letters and in Punycode
             */
            url?: string;
            /** @description A note for administrators; may be empty */
            description?: string;
            /** @description Types of the events that it is sent, from `GET /webhook-event-types`. With none it is sent pings only */
            eventTypes?: components["schemas"]["WebhookEventType"][];
            /** @description false stops the sending; true resumes it, and begins with what was waiting */
            enabled?: boolean;
            /**
             * Format: uuid
             * @description Id of the endpoint
             */
            readonly id?: string;
            readonly disabledReason?: null | components["schemas"]["WebhookDisabledReason"];
            /**
             * Format: date-time
             * @description Time of the first attempt since the last success that failed; null if the last has succeeded
             */
            readonly failingSince?: string | null;
            /**
             * Format: date-time
             * @description Until when messages are also signed with the secret before the last rotation; null if there was none, or it was ended
             */
            readonly previousSecretEndsAt?: string | null;
            /**
             * Format: date-time
             * @description Time of creation
             */
            readonly createdAt?: string;
            /**
             * Format: date-time
             * @description Time of the last change
             */
            readonly updatedAt?: string;
        };
        /** @description A webhook endpoint with its secret */
        WebhookEndpointWithSecret: {
            /**
             * Format: uuid
             * @description Id of the endpoint
             */
            id: string;
            /** @description Where events are sent */
            url: string;
            /** @description A note for administrators; may be empty */
            description: string;
            /** @description Types of the events that it is sent */
            eventTypes: components["schemas"]["WebhookEventType"][];
            /** @description Whether it is sent events */
            enabled: boolean;
            disabledReason: null | components["schemas"]["WebhookDisabledReason"];
            /**
             * Format: date-time
             * @description Time of the first attempt since the last success that failed; null if the last has succeeded
             */
            failingSince: string | null;
            /**
             * Format: date-time
             * @description Until when messages are also signed with the secret before the last rotation; null if there was none, or it was ended
             */
            previousSecretEndsAt: string | null;
            /**
             * Format: date-time
             * @description Time of creation
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description Time of the last change
             */
            updatedAt: string;
            /** @description The key with which messages are signed, by Standard Webhooks. It is shown in this response only: store it */
            secret: string;
        };
        /**
         * @description No attempt to send this event to the endpoint is in the log.
         * @example {
         *       "type": "about:blank",
         *       "title": "Not Found",
         *       "status": 404,
         *       "detail": "No attempt to send this event to the endpoint is in the log.",
         *       "instance": "/…",
         *       "code": "webhook_event_not_found",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        WebhookEventNotFoundProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "webhook_event_not_found";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "webhook_event_not_found";
        };
        /**
         * @description Type of an event that endpoints can be sent
         * @enum {string}
         */
        WebhookEventType: "order.placed" | "order.confirmed" | "order.shipped" | "order.delivered" | "order.cancelled" | "product.created" | "product.updated" | "product.deleted" | "category.created" | "category.updated" | "category.deleted" | "stock.depleted" | "customer.created" | "customer.updated" | "customer.erased" | "webhook_endpoint.disabled";
        /** @description A type of events and what it means */
        WebhookEventTypeDescription: {
            /** @description Type of the event */
            type: components["schemas"]["WebhookEventType"];
            /** @description What has happened */
            description: string;
        };
        /** @description The types of events that endpoints can be sent */
        WebhookEventTypes: {
            /** @description All types */
            items: components["schemas"]["WebhookEventTypeDescription"][];
        };
        /**
         * @description The shop already has the maximum of 16 webhook endpoints.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "The shop already has the maximum of 16 webhook endpoints.",
         *       "instance": "/…",
         *       "code": "webhook_limit_reached",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff",
         *       "limit": 16
         *     }
         */
        WebhookLimitReachedProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "webhook_limit_reached";
            /**
             * Format: int32
             * @description Maximum number of endpoints
             */
            limit: number;
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "webhook_limit_reached";
        };
        /**
         * @description The webhook endpoint does not exist.
         * @example {
         *       "type": "about:blank",
         *       "title": "Not Found",
         *       "status": 404,
         *       "detail": "The webhook endpoint does not exist.",
         *       "instance": "/…",
         *       "code": "webhook_not_found",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        WebhookNotFoundProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "webhook_not_found";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "webhook_not_found";
        };
        /** @description An order was cancelled, and its stock returned. */
        WebhookOrderCancelled: {
            /**
             * Format: uuid
             * @description Id of the event, the same in all attempts, as in the header `webhook-id`
             */
            id: string;
            /**
             * @description Type of the event
             * @enum {string}
             */
            type: "order.cancelled";
            /**
             * Format: int32
             * @description Version of the payload: members may be added to it; none is removed or changes its meaning
             */
            payloadVersion: number;
            /**
             * Format: date-time
             * @description Time of the event
             */
            timestamp: string;
            /** @description What the event is about */
            data: components["schemas"]["WebhookOrderData"];
        };
        /** @description An order was confirmed. */
        WebhookOrderConfirmed: {
            /**
             * Format: uuid
             * @description Id of the event, the same in all attempts, as in the header `webhook-id`
             */
            id: string;
            /**
             * @description Type of the event
             * @enum {string}
             */
            type: "order.confirmed";
            /**
             * Format: int32
             * @description Version of the payload: members may be added to it; none is removed or changes its meaning
             */
            payloadVersion: number;
            /**
             * Format: date-time
             * @description Time of the event
             */
            timestamp: string;
            /** @description What the event is about */
            data: components["schemas"]["WebhookOrderData"];
        };
        /** @description The order of an event */
        WebhookOrderData: {
            /**
             * Format: uuid
             * @description Id of the order, for `GET /orders/{id}`
             */
            orderId: string;
            /**
             * Format: int32
             * @description Version of the order after the event: it puts the events of one order in order
             */
            version: number;
            /** @description Status that the order has reached */
            status: components["schemas"]["OrderStatus"];
            /**
             * Format: uuid
             * @description Id of the customer who placed it
             */
            customerId: string;
        };
        /** @description An order was delivered. */
        WebhookOrderDelivered: {
            /**
             * Format: uuid
             * @description Id of the event, the same in all attempts, as in the header `webhook-id`
             */
            id: string;
            /**
             * @description Type of the event
             * @enum {string}
             */
            type: "order.delivered";
            /**
             * Format: int32
             * @description Version of the payload: members may be added to it; none is removed or changes its meaning
             */
            payloadVersion: number;
            /**
             * Format: date-time
             * @description Time of the event
             */
            timestamp: string;
            /** @description What the event is about */
            data: components["schemas"]["WebhookOrderData"];
        };
        /** @description A customer has placed an order: it is pending. */
        WebhookOrderPlaced: {
            /**
             * Format: uuid
             * @description Id of the event, the same in all attempts, as in the header `webhook-id`
             */
            id: string;
            /**
             * @description Type of the event
             * @enum {string}
             */
            type: "order.placed";
            /**
             * Format: int32
             * @description Version of the payload: members may be added to it; none is removed or changes its meaning
             */
            payloadVersion: number;
            /**
             * Format: date-time
             * @description Time of the event
             */
            timestamp: string;
            /** @description What the event is about */
            data: components["schemas"]["WebhookOrderData"];
        };
        /** @description An order was shipped. */
        WebhookOrderShipped: {
            /**
             * Format: uuid
             * @description Id of the event, the same in all attempts, as in the header `webhook-id`
             */
            id: string;
            /**
             * @description Type of the event
             * @enum {string}
             */
            type: "order.shipped";
            /**
             * Format: int32
             * @description Version of the payload: members may be added to it; none is removed or changes its meaning
             */
            payloadVersion: number;
            /**
             * Format: date-time
             * @description Time of the event
             */
            timestamp: string;
            /** @description What the event is about */
            data: components["schemas"]["WebhookOrderData"];
        };
        /**
         * @description What became of an attempt
         * @enum {string}
         */
        WebhookOutcome: "delivered" | "failed" | "dead_lettered";
        /** @description The endpoint of a ping */
        WebhookPingData: {
            /**
             * Format: uuid
             * @description Id of the endpoint that is pinged
             */
            webhookId: string;
        };
        /** @description A product was created. */
        WebhookProductCreated: {
            /**
             * Format: uuid
             * @description Id of the event, the same in all attempts, as in the header `webhook-id`
             */
            id: string;
            /**
             * @description Type of the event
             * @enum {string}
             */
            type: "product.created";
            /**
             * Format: int32
             * @description Version of the payload: members may be added to it; none is removed or changes its meaning
             */
            payloadVersion: number;
            /**
             * Format: date-time
             * @description Time of the event
             */
            timestamp: string;
            /** @description What the event is about */
            data: components["schemas"]["WebhookProductData"];
        };
        /** @description The product of an event */
        WebhookProductData: {
            /**
             * Format: uuid
             * @description Id of the product, for `GET /products/{id}`
             */
            productId: string;
            /**
             * Format: int32
             * @description Version of the product after the event: it puts the events of one product in order
             */
            version: number;
        };
        /** @description A product has left the shop. */
        WebhookProductDeleted: {
            /**
             * Format: uuid
             * @description Id of the event, the same in all attempts, as in the header `webhook-id`
             */
            id: string;
            /**
             * @description Type of the event
             * @enum {string}
             */
            type: "product.deleted";
            /**
             * Format: int32
             * @description Version of the payload: members may be added to it; none is removed or changes its meaning
             */
            payloadVersion: number;
            /**
             * Format: date-time
             * @description Time of the event
             */
            timestamp: string;
            /** @description What the event is about */
            data: components["schemas"]["WebhookProductData"];
        };
        /** @description The content of a product was changed; its stock is not part of it. */
        WebhookProductUpdated: {
            /**
             * Format: uuid
             * @description Id of the event, the same in all attempts, as in the header `webhook-id`
             */
            id: string;
            /**
             * @description Type of the event
             * @enum {string}
             */
            type: "product.updated";
            /**
             * Format: int32
             * @description Version of the payload: members may be added to it; none is removed or changes its meaning
             */
            payloadVersion: number;
            /**
             * Format: date-time
             * @description Time of the event
             */
            timestamp: string;
            /** @description What the event is about */
            data: components["schemas"]["WebhookProductData"];
        };
        /** @description What part of a range is sent again */
        WebhookRedelivery: {
            /**
             * Format: int32
             * @description Number of events that will be sent again
             */
            redelivered: number;
            /** @description Passed as `cursor` with the same body, it goes on with the rest of the range; null if this was all */
            nextCursor: string | null;
        };
        /** @description The events of a period that are sent again */
        WebhookRedeliveryCreate: {
            /**
             * Format: date-time
             * @description Only events whose latest attempt was at this time or later
             */
            from: string;
            /**
             * Format: date-time
             * @description Only events whose latest attempt was before this time, which is not before `from`
             */
            to: string;
            /** @description Only events whose latest attempt had this outcome; by default all */
            outcome?: components["schemas"]["WebhookOutcome"];
        };
        /**
         * @description Messages are already signed with 4 former secrets: wait until one ends, or end them with endFormerSecrets.
         * @example {
         *       "type": "about:blank",
         *       "title": "Conflict",
         *       "status": 409,
         *       "detail": "Messages are already signed with 4 former secrets: wait until one ends, or end them with endFormerSecrets.",
         *       "instance": "/…",
         *       "code": "webhook_rotation_limit_reached",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff",
         *       "limit": 4
         *     }
         */
        WebhookRotationLimitReachedProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "webhook_rotation_limit_reached";
            /**
             * Format: int32
             * @description Maximum number of former secrets
             */
            limit: number;
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "webhook_rotation_limit_reached";
        };
        /** @description How the secret of a webhook endpoint is replaced */
        WebhookSecretRotation: {
            /**
             * @description true ends all earlier secrets at once, for one that has leaked; messages fail until the receiver has the new one. By default each signs for 24 hours after its rotation
             * @default false
             */
            endFormerSecrets?: boolean;
        };
        /** @description The stock of an event, which has versions of its own */
        WebhookStockData: {
            /**
             * Format: uuid
             * @description Id of the product
             */
            productId: string;
            /**
             * Format: int32
             * @description Version of the stock after the event: it puts the events of one stock in order
             */
            version: number;
        };
        /** @description A movement has left no stock of a product. */
        WebhookStockDepleted: {
            /**
             * Format: uuid
             * @description Id of the event, the same in all attempts, as in the header `webhook-id`
             */
            id: string;
            /**
             * @description Type of the event
             * @enum {string}
             */
            type: "stock.depleted";
            /**
             * Format: int32
             * @description Version of the payload: members may be added to it; none is removed or changes its meaning
             */
            payloadVersion: number;
            /**
             * Format: date-time
             * @description Time of the event
             */
            timestamp: string;
            /** @description What the event is about */
            data: components["schemas"]["WebhookStockData"];
        };
        /**
         * @description The URL cannot be a target: it must be https, without user, password, fragment and port 0, and its host must be a public address, or a name that DNS can hold, and not localhost.
         * @example {
         *       "type": "about:blank",
         *       "title": "Unprocessable Entity",
         *       "status": 422,
         *       "detail": "The URL cannot be a target: it must be https, without user, password, fragment and port 0, and its host must be a public address, or a name that DNS can hold, and not localhost.",
         *       "instance": "/…",
         *       "code": "webhook_target_refused",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        WebhookTargetRefusedProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "webhook_target_refused";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "webhook_target_refused";
        };
        /** @description The shop has disabled a webhook endpoint. */
        WebhookWebhookEndpointDisabled: {
            /**
             * Format: uuid
             * @description Id of the event, the same in all attempts, as in the header `webhook-id`
             */
            id: string;
            /**
             * @description Type of the event
             * @enum {string}
             */
            type: "webhook_endpoint.disabled";
            /**
             * Format: int32
             * @description Version of the payload: members may be added to it; none is removed or changes its meaning
             */
            payloadVersion: number;
            /**
             * Format: date-time
             * @description Time of the event
             */
            timestamp: string;
            /** @description What the event is about */
            data: components["schemas"]["WebhookDisabledData"];
        };
        /** @description An administrator has sent a ping. */
        WebhookWebhookEndpointPinged: {
            /**
             * Format: uuid
             * @description Id of the event, the same in all attempts, as in the header `webhook-id`
             */
            id: string;
            /**
             * @description Type of the event
             * @enum {string}
             */
            type: "webhook_endpoint.pinged";
            /**
             * Format: int32
             * @description Version of the payload: members may be added to it; none is removed or changes its meaning
             */
            payloadVersion: number;
            /**
             * Format: date-time
             * @description Time of the event
             */
            timestamp: string;
            /** @description What the event is about */
            data: components["schemas"]["WebhookPingData"];
        };
        /**
         * @description The current password is wrong.
         * @example {
         *       "type": "about:blank",
         *       "title": "Forbidden",
         *       "status": 403,
         *       "detail": "The current password is wrong.",
         *       "instance": "/…",
         *       "code": "wrong_password",
         *       "requestId": "019b76da-a800-7000-8000-0000000000ff"
         *     }
         */
        WrongPasswordProblem: components["schemas"]["Problem"] & {
            /**
             * @description Identifies the problem
             * @enum {string}
             */
            code: "wrong_password";
        } & {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            code: "wrong_password";
        };
    };
    responses: {
        /**
         * @description - `malformed_request`: The request target cannot be decoded.
         *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
         */
        BadRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"];
            };
        };
        /** @description - `body_too_large`: The body is larger than the maximum of 100 kB. */
        PayloadTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["BodyTooLargeProblem"];
            };
        };
        /** @description - `unsupported_media_type`: The body must be of a media type that the operation documents, mostly application/json, in UTF-8 and uncompressed. */
        UnsupportedMediaType: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["UnsupportedMediaTypeProblem"];
            };
        };
        /** @description - `rate_limited`: Too many requests. Try again after the number of seconds in Retry-After. */
        TooManyRequests: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["RateLimitedProblem"];
            };
        };
        /** @description - `internal_error`: An unexpected error occurred in the shop. */
        InternalServerError: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InternalErrorProblem"];
            };
        };
        /** @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry. */
        Conflict: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["StaleWriteProblem"];
            };
        };
        /** @description - `invalid_body`: One or more fields of the body are invalid; errors lists them. */
        UnprocessableEntity: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InvalidBodyProblem"];
            };
        };
        /**
         * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
         *     - `shutting_down`: The shop is shutting down.
         *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
         *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
         *     - `busy`: Too many requests are changing the same data. Try again.
         *     - `database_unavailable`: The database cannot be reached.
         *     - `outcome_unknown`: The connection broke while the change was being committed. Check whether it happened before you retry.
         */
        ServiceUnavailable: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"] | components["schemas"]["OutcomeUnknownProblem"];
            };
        };
        /**
         * @description - `unauthenticated`: This call requires an access token or an API key in the header Authorization: Bearer. Log in to get a token.
         *     - `invalid_token`: The access token or API key is malformed, expired or revoked.
         */
        Unauthorized: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["UnauthenticatedProblem"] | components["schemas"]["InvalidTokenProblem"];
            };
        };
        /**
         * @description - `insufficient_scope`: The API key does not have the scope that this call requires. Create a key with that scope.
         *     - `forbidden`: This call is for administrators only.
         */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InsufficientScopeProblem"] | components["schemas"]["ForbiddenProblem"];
            };
        };
        /** @description Not modified: the `ETag` is one of `If-None-Match` */
        NotModified: {
            headers: {
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description - `precondition_failed`: The current version of the resource does not satisfy If-Match or If-None-Match. Send an ETag exactly as received, with its quotes. */
        PreconditionFailed: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["PreconditionFailedProblem"];
            };
        };
        /** @description - `not_found`: No resource has this path. The documentation at /docs lists the paths. */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["NotFoundProblem"];
            };
        };
    };
    parameters: {
        /**
         * @description Maximum number of items on the page
         * @example 20
         */
        Limit: number;
        /** @description `nextCursor` of the previous page; valid only with the same sort and filters */
        After: string;
        /**
         * @description Returns 304 if the `ETag` of the resource is one of these
         * @example "0"
         */
        IfChanged: string;
        /**
         * @description Changes the resource only if its `ETag` is one of these, or `*`; 412 otherwise
         * @example *
         */
        IfMatch: string;
        /**
         * @description Changes the resource only if its `ETag` is none of these; 412 otherwise
         * @example "0"
         */
        IfNoneMatch: string;
        /** @description Makes the request safe to retry: for 24 hours the same key returns the stored reply and nothing is executed twice. 1 to 255 characters, such as a UUID */
        IdempotencyKey: string;
    };
    requestBodies: never;
    headers: {
        /** @description Accepted media types */
        Accept: string;
        /** @description `identity` if the body was compressed: send it uncompressed */
        "Accept-Encoding": string;
        /** @description Media types accepted for PATCH (RFC 5789) */
        "Accept-Patch": string;
        /** @description The version of the resource, for `If-Match` and `If-None-Match` */
        ETag: string;
        /** @description The next page, `rel="next"` (RFC 8288); absent on the last page */
        Link: string;
        /** @description The path of the new resource */
        Location: string;
        /** @description `true` if this is the stored reply to an earlier request with the same `Idempotency-Key` */
        "Idempotent-Replayed": string;
        /** @description Seconds to wait before the next attempt */
        "Retry-After": string;
        /** @description `Bearer`, with `error="invalid_token"` if a token or key was sent, and with `error="insufficient_scope"` and the required `scope` if the key may not make the call (RFC 6750) */
        "WWW-Authenticate": string;
        /** @description Limits that apply to the request: quota (`q`) per window in seconds (`w`); absent if shared caches may store the response */
        "RateLimit-Policy": string;
        /** @description Remaining quota of each limit (`r`) and seconds until it is reset (`t`); absent if shared caches may store the response */
        RateLimit: string;
        /** @description Id of the request in the logs; absent if the client sent one and shared caches may store the response */
        "X-Request-Id": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    signUp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Ann Example",
                 *       "email": "ann@example.org",
                 *       "username": "ann",
                 *       "password": "correct horse battery staple"
                 *     }
                 */
                "application/json": components["schemas"]["SignUp"];
            };
        };
        responses: {
            /** @description The tokens of a session, and its user */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "user": {
                     *         "id": "019b76da-a800-7000-8000-000000000001",
                     *         "name": "Ann Example",
                     *         "email": "ann@example.org",
                     *         "emailVerified": false,
                     *         "username": "ann",
                     *         "role": "customer",
                     *         "createdAt": "2026-01-05T09:30:00.000Z"
                     *       },
                     *       "accessToken": "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIwMTliNzZkYSJ9.c2lnbmF0dXJl",
                     *       "tokenType": "Bearer",
                     *       "expiresIn": 3600,
                     *       "refreshToken": "0O2S9u2eYx5cQmJmE0mYyqkq2m7oJdXhJr1n3Ew8b2s"
                     *     }
                     */
                    "application/json": components["schemas"]["Tokens"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `email_taken`: An account with this e-mail address already exists.
             *     - `username_taken`: An account with this user name already exists.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["EmailTakenProblem"] | components["schemas"]["UsernameTakenProblem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description - `invalid_body`: One or more fields of the body are invalid; errors lists them.
             *     - `common_password`: The password is one of the most common ones. Choose another.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidBodyProblem"] | components["schemas"]["CommonPasswordProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `hashing_busy`: Too many passwords are being checked at the moment. Try again in a few seconds.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             *     - `outcome_unknown`: The connection broke while the change was being committed. Check whether it happened before you retry.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["HashingBusyProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"] | components["schemas"]["OutcomeUnknownProblem"];
                };
            };
        };
    };
    logIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "login": "ann@example.org",
                 *       "password": "correct horse battery staple"
                 *     }
                 */
                "application/json": components["schemas"]["LogIn"];
            };
        };
        responses: {
            /** @description The tokens of a session, and its user */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "user": {
                     *         "id": "019b76da-a800-7000-8000-000000000001",
                     *         "name": "Ann Example",
                     *         "email": "ann@example.org",
                     *         "emailVerified": false,
                     *         "username": "ann",
                     *         "role": "customer",
                     *         "createdAt": "2026-01-05T09:30:00.000Z"
                     *       },
                     *       "accessToken": "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIwMTliNzZkYSJ9.c2lnbmF0dXJl",
                     *       "tokenType": "Bearer",
                     *       "expiresIn": 3600,
                     *       "refreshToken": "0O2S9u2eYx5cQmJmE0mYyqkq2m7oJdXhJr1n3Ew8b2s"
                     *     }
                     */
                    "application/json": components["schemas"]["Tokens"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            /** @description - `invalid_credentials`: The log-in name or the password is wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidCredentialsProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `hashing_busy`: Too many passwords are being checked at the moment. Try again in a few seconds.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             *     - `outcome_unknown`: The connection broke while the change was being committed. Check whether it happened before you retry.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["HashingBusyProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"] | components["schemas"]["OutcomeUnknownProblem"];
                };
            };
        };
    };
    refreshSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "refreshToken": "0O2S9u2eYx5cQmJmE0mYyqkq2m7oJdXhJr1n3Ew8b2s"
                 *     }
                 */
                "application/json": components["schemas"]["SessionRefresh"];
            };
        };
        responses: {
            /** @description The tokens of a session, and its user */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "user": {
                     *         "id": "019b76da-a800-7000-8000-000000000001",
                     *         "name": "Ann Example",
                     *         "email": "ann@example.org",
                     *         "emailVerified": false,
                     *         "username": "ann",
                     *         "role": "customer",
                     *         "createdAt": "2026-01-05T09:30:00.000Z"
                     *       },
                     *       "accessToken": "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIwMTliNzZkYSJ9.c2lnbmF0dXJl",
                     *       "tokenType": "Bearer",
                     *       "expiresIn": 3600,
                     *       "refreshToken": "0O2S9u2eYx5cQmJmE0mYyqkq2m7oJdXhJr1n3Ew8b2s"
                     *     }
                     */
                    "application/json": components["schemas"]["Tokens"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            /** @description - `invalid_refresh_token`: The refresh token is invalid, expired, revoked or already used. Log in again. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidRefreshTokenProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listSessions: {
        parameters: {
            query?: {
                /**
                 * @description Maximum number of items on the page
                 * @example 20
                 */
                limit?: components["parameters"]["Limit"];
                /** @description `nextCursor` of the previous page; valid only with the same sort and filters */
                after?: components["parameters"]["After"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of a list */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "019b76da-a800-7000-8000-000000000011",
                     *           "device": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                     *           "address": "192.0.2.17",
                     *           "createdAt": "2026-01-05T09:30:00.000Z",
                     *           "lastUsedAt": "2026-01-05T09:30:00.000Z",
                     *           "expiresAt": "2026-02-04T10:00:00.000Z",
                     *           "current": true
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["SessionPage"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `invalid_cursor`: The cursor does not belong to this list with this sort and these filters. Start again without after.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidCursorProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000011
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"];
                };
            };
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `session_not_found`: No active session of yours has this id.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["SessionNotFoundProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    logOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    logOutEverywhere: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    requestPasswordReset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ann@example.org"
                 *     }
                 */
                "application/json": components["schemas"]["PasswordResetRequest"];
            };
        };
        responses: {
            /** @description Accepted; an e-mail is sent if an account has this address */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    confirmPasswordReset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "ldXk7MechAisfD9UPGzsRozfwyA-LpxqqSgvn23vWMk",
                 *       "newPassword": "correct horse battery staple"
                 *     }
                 */
                "application/json": components["schemas"]["PasswordResetConfirm"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            /** @description - `invalid_reset_token`: The token from the e-mail is invalid, expired, revoked or already used. Request another e-mail. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidResetTokenProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description - `invalid_body`: One or more fields of the body are invalid; errors lists them.
             *     - `common_password`: The password is one of the most common ones. Choose another.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidBodyProblem"] | components["schemas"]["CommonPasswordProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `hashing_busy`: Too many passwords are being checked at the moment. Try again in a few seconds.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             *     - `outcome_unknown`: The connection broke while the change was being committed. Check whether it happened before you retry.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["HashingBusyProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"] | components["schemas"]["OutcomeUnknownProblem"];
                };
            };
        };
    };
    verifyEmail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "ldXk7MechAisfD9UPGzsRozfwyA-LpxqqSgvn23vWMk"
                 *     }
                 */
                "application/json": components["schemas"]["EmailVerification"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            /** @description - `invalid_verification_token`: The token from the e-mail is invalid, expired, revoked or already used. Request another e-mail. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidVerificationTokenProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    requestEmailVerification: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted; an e-mail is sent unless the address is already verified */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"];
                };
            };
            /** @description - `user_not_found`: The user does not exist. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserNotFoundProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A user, as the user sees it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000001",
                     *       "name": "Ann Example",
                     *       "email": "ann@example.org",
                     *       "emailVerified": false,
                     *       "username": "ann",
                     *       "role": "customer",
                     *       "createdAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"];
                };
            };
            /** @description - `user_not_found`: The user does not exist. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserNotFoundProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    changeMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Ann Example"
                 *     }
                 */
                "application/json": components["schemas"]["UserUpdate"];
                /**
                 * @example {
                 *       "name": "Ann Example"
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["UserUpdate"];
            };
        };
        responses: {
            /** @description A user, as the user sees it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000001",
                     *       "name": "Ann Example",
                     *       "email": "ann@example.org",
                     *       "emailVerified": false,
                     *       "username": "ann",
                     *       "role": "customer",
                     *       "createdAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["User"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /**
             * @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one.
             *     - `wrong_password`: The current password is wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"] | components["schemas"]["WrongPasswordProblem"];
                };
            };
            /** @description - `user_not_found`: The user does not exist. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserNotFoundProblem"];
                };
            };
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `email_taken`: An account with this e-mail address already exists.
             *     - `username_taken`: An account with this user name already exists.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["EmailTakenProblem"] | components["schemas"]["UsernameTakenProblem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            /** @description - `unsupported_media_type`: The body must be of a media type that the operation documents, mostly application/json, in UTF-8 and uncompressed. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UnsupportedMediaTypeProblem"];
                };
            };
            /**
             * @description - `invalid_body`: One or more fields of the body are invalid; errors lists them.
             *     - `password_required`: The current password is required to change the e-mail address.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidBodyProblem"] | components["schemas"]["PasswordRequiredProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `hashing_busy`: Too many passwords are being checked at the moment. Try again in a few seconds.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             *     - `outcome_unknown`: The connection broke while the change was being committed. Check whether it happened before you retry.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["HashingBusyProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"] | components["schemas"]["OutcomeUnknownProblem"];
                };
            };
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "currentPassword": "correct horse battery staple",
                 *       "newPassword": "correct horse battery staple"
                 *     }
                 */
                "application/json": components["schemas"]["PasswordReplace"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /**
             * @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one.
             *     - `wrong_password`: The current password is wrong.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"] | components["schemas"]["WrongPasswordProblem"];
                };
            };
            /** @description - `user_not_found`: The user does not exist. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserNotFoundProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description - `invalid_body`: One or more fields of the body are invalid; errors lists them.
             *     - `common_password`: The password is one of the most common ones. Choose another.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidBodyProblem"] | components["schemas"]["CommonPasswordProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `hashing_busy`: Too many passwords are being checked at the moment. Try again in a few seconds.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             *     - `outcome_unknown`: The connection broke while the change was being committed. Check whether it happened before you retry.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["HashingBusyProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"] | components["schemas"]["OutcomeUnknownProblem"];
                };
            };
        };
    };
    listUsers: {
        parameters: {
            query?: {
                /**
                 * @description Only users with this role
                 * @example customer
                 */
                role?: components["schemas"]["Role"];
                /**
                 * @description true: only disabled users; false: only enabled ones
                 * @example false
                 */
                disabled?: boolean;
                /**
                 * @description Maximum number of items on the page
                 * @example 20
                 */
                limit?: components["parameters"]["Limit"];
                /** @description `nextCursor` of the previous page; valid only with the same sort and filters */
                after?: components["parameters"]["After"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of a list */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "019b76da-a800-7000-8000-000000000001",
                     *           "name": "Ann Example",
                     *           "email": "ann@example.org",
                     *           "emailVerified": false,
                     *           "username": "ann",
                     *           "role": "customer",
                     *           "createdAt": "2026-01-05T09:30:00.000Z",
                     *           "disabled": false,
                     *           "updatedAt": "2026-01-05T09:30:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["ManagedUserPage"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `invalid_cursor`: The cursor does not belong to this list with this sort and these filters. Start again without after.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidCursorProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /**
             * @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one.
             *     - `forbidden`: This call is for administrators only.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"] | components["schemas"]["ForbiddenProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    getUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000001
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A user, as administrators see it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000001",
                     *       "name": "Ann Example",
                     *       "email": "ann@example.org",
                     *       "emailVerified": false,
                     *       "username": "ann",
                     *       "role": "customer",
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "disabled": false,
                     *       "updatedAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["ManagedUser"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /**
             * @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one.
             *     - `forbidden`: This call is for administrators only.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"] | components["schemas"]["ForbiddenProblem"];
                };
            };
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `user_not_found`: The user does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["UserNotFoundProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    changeUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000001
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "disabled": false
                 *     }
                 */
                "application/json": components["schemas"]["ManagedUserUpdate"];
                /**
                 * @example {
                 *       "disabled": false
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["ManagedUserUpdate"];
            };
        };
        responses: {
            /** @description A user, as administrators see it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000001",
                     *       "name": "Ann Example",
                     *       "email": "ann@example.org",
                     *       "emailVerified": false,
                     *       "username": "ann",
                     *       "role": "customer",
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "disabled": false,
                     *       "updatedAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["ManagedUser"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /**
             * @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one.
             *     - `forbidden`: This call is for administrators only.
             *     - `recent_login_required`: This call requires a log-in within the last ten minutes. Log in again and repeat the request with the new access token.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"] | components["schemas"]["ForbiddenProblem"] | components["schemas"]["RecentLoginRequiredProblem"];
                };
            };
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `user_not_found`: The user does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["UserNotFoundProblem"];
                };
            };
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `last_admin`: The shop must keep at least one enabled administrator.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["LastAdminProblem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            /** @description - `unsupported_media_type`: The body must be of a media type that the operation documents, mostly application/json, in UTF-8 and uncompressed. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UnsupportedMediaTypeProblem"];
                };
            };
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getPublicKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Public keys (RFC 7517) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "keys": [
                     *         {
                     *           "kid": "o0bn4BFGoWTqV1Ne9gCnWmBbmGp3FQXvPGwF0a8mZIY",
                     *           "alg": "ES256",
                     *           "use": "sig",
                     *           "kty": "EC",
                     *           "crv": "P-256",
                     *           "x": "Y1N7gUfNtRv7QfUZ4sXQZ6XcQmPxmD5Wb6Fn0hZlYqg",
                     *           "y": "5qGm7mJ1j3cW6f8lX2xk9yq8u0H2bC1sJYv0tT3nN5o"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["JsonWebKeySet"];
                };
            };
            400: components["responses"]["BadRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    getMyProfile: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Returns 304 if the `ETag` of the resource is one of these
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfChanged"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The profile of a customer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000001",
                     *       "name": "Ann Example",
                     *       "email": "ann@example.org",
                     *       "phone": "+353 1 555 0100",
                     *       "addresses": [
                     *         {
                     *           "id": "019b76da-a800-7000-8000-000000000021",
                     *           "name": null,
                     *           "line1": "12 Rose Lane",
                     *           "line2": null,
                     *           "city": "Dublin",
                     *           "region": null,
                     *           "postalCode": "D02 X285",
                     *           "country": "IE",
                     *           "phone": null,
                     *           "isDefault": true
                     *         }
                     *       ],
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Customer"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"];
                };
            };
            /** @description - `customer_not_found`: The customer does not exist. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["CustomerNotFoundProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    eraseMe: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Changes the resource only if its `ETag` is one of these, or `*`; 412 otherwise
                 * @example *
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
                /**
                 * @description Changes the resource only if its `ETag` is none of these; 412 otherwise
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /**
             * @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one.
             *     - `recent_login_required`: This call requires a log-in within the last ten minutes. Log in again and repeat the request with the new access token.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"] | components["schemas"]["RecentLoginRequiredProblem"];
                };
            };
            /**
             * @description - `customer_not_found`: The customer does not exist.
             *     - `user_not_found`: The user does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["CustomerNotFoundProblem"] | components["schemas"]["UserNotFoundProblem"];
                };
            };
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `last_admin`: The shop must keep at least one enabled administrator.
             *     - `open_orders`: The customer has confirmed or shipped orders. Try again when they are delivered or cancelled.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["LastAdminProblem"] | components["schemas"]["OpenOrdersProblem"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    changeMyProfile: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Changes the resource only if its `ETag` is one of these, or `*`; 412 otherwise
                 * @example *
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
                /**
                 * @description Changes the resource only if its `ETag` is none of these; 412 otherwise
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "phone": "+353 1 555 0100"
                 *     }
                 */
                "application/json": components["schemas"]["CustomerUpdate"];
                /**
                 * @example {
                 *       "phone": "+353 1 555 0100"
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["CustomerUpdate"];
            };
        };
        responses: {
            /** @description The profile of a customer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000001",
                     *       "name": "Ann Example",
                     *       "email": "ann@example.org",
                     *       "phone": "+353 1 555 0100",
                     *       "addresses": [
                     *         {
                     *           "id": "019b76da-a800-7000-8000-000000000021",
                     *           "name": null,
                     *           "line1": "12 Rose Lane",
                     *           "line2": null,
                     *           "city": "Dublin",
                     *           "region": null,
                     *           "postalCode": "D02 X285",
                     *           "country": "IE",
                     *           "phone": null,
                     *           "isDefault": true
                     *         }
                     *       ],
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Customer"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"];
                };
            };
            /**
             * @description - `customer_not_found`: The customer does not exist.
             *     - `user_not_found`: The user does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["CustomerNotFoundProblem"] | components["schemas"]["UserNotFoundProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            /** @description - `unsupported_media_type`: The body must be of a media type that the operation documents, mostly application/json, in UTF-8 and uncompressed. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UnsupportedMediaTypeProblem"];
                };
            };
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listMyAddresses: {
        parameters: {
            query?: {
                /**
                 * @description Maximum number of items on the page
                 * @example 20
                 */
                limit?: components["parameters"]["Limit"];
                /** @description `nextCursor` of the previous page; valid only with the same sort and filters */
                after?: components["parameters"]["After"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of a list */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "019b76da-a800-7000-8000-000000000021",
                     *           "name": null,
                     *           "line1": "12 Rose Lane",
                     *           "line2": null,
                     *           "city": "Dublin",
                     *           "region": null,
                     *           "postalCode": "D02 X285",
                     *           "country": "IE",
                     *           "phone": null,
                     *           "isDefault": true
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["CustomerAddressPage"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `invalid_cursor`: The cursor does not belong to this list with this sort and these filters. Start again without after.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidCursorProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"];
                };
            };
            /** @description - `customer_not_found`: The customer does not exist. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["CustomerNotFoundProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    addMyAddress: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to retry: for 24 hours the same key returns the stored reply and nothing is executed twice. 1 to 255 characters, such as a UUID */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "line1": "12 Rose Lane",
                 *       "city": "Dublin",
                 *       "postalCode": "D02 X285",
                 *       "country": "IE",
                 *       "isDefault": true
                 *     }
                 */
                "application/json": components["schemas"]["CustomerAddressCreate"];
            };
        };
        responses: {
            /** @description An address of the address book */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000021",
                     *       "name": null,
                     *       "line1": "12 Rose Lane",
                     *       "line2": null,
                     *       "city": "Dublin",
                     *       "region": null,
                     *       "postalCode": "D02 X285",
                     *       "country": "IE",
                     *       "phone": null,
                     *       "isDefault": true
                     *     }
                     */
                    "application/json": components["schemas"]["CustomerAddress"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             *     - `invalid_idempotency_key`: The Idempotency-Key must be 1 to 255 visible ASCII characters, bare or as a quoted string.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"] | components["schemas"]["InvalidIdempotencyKeyProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"];
                };
            };
            /** @description - `customer_not_found`: The customer does not exist. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["CustomerNotFoundProblem"];
                };
            };
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `request_in_progress`: A request with this Idempotency-Key is still running. Try again in a moment.
             *     - `address_book_full`: The address book already holds the maximum of 50 addresses.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["RequestInProgressProblem"] | components["schemas"]["AddressBookFullProblem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description - `invalid_body`: One or more fields of the body are invalid; errors lists them.
             *     - `idempotency_key_reused`: This Idempotency-Key was already used for a different request. Use a new key.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidBodyProblem"] | components["schemas"]["IdempotencyKeyReusedProblem"];
                };
            };
            /**
             * @description - `rate_limited`: Too many requests. Try again after the number of seconds in Retry-After.
             *     - `idempotency_quota_exceeded`: The replies stored under your Idempotency-Keys of the last 24 hours have reached your quota. Nothing was done. Retry later, or send the request without a key.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RateLimitedProblem"] | components["schemas"]["IdempotencyQuotaExceededProblem"];
                };
            };
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getMyAddress: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000021
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An address of the address book */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000021",
                     *       "name": null,
                     *       "line1": "12 Rose Lane",
                     *       "line2": null,
                     *       "city": "Dublin",
                     *       "region": null,
                     *       "postalCode": "D02 X285",
                     *       "country": "IE",
                     *       "phone": null,
                     *       "isDefault": true
                     *     }
                     */
                    "application/json": components["schemas"]["CustomerAddress"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"];
                };
            };
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `customer_not_found`: The customer does not exist.
             *     - `address_not_found`: No address in the address book has this id.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["CustomerNotFoundProblem"] | components["schemas"]["AddressNotFoundProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    replaceMyAddress: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000021
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "line1": "12 Rose Lane",
                 *       "city": "Dublin",
                 *       "postalCode": "D02 X285",
                 *       "country": "IE",
                 *       "isDefault": true
                 *     }
                 */
                "application/json": components["schemas"]["CustomerAddressReplace"];
            };
        };
        responses: {
            /** @description An address of the address book */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000021",
                     *       "name": null,
                     *       "line1": "12 Rose Lane",
                     *       "line2": null,
                     *       "city": "Dublin",
                     *       "region": null,
                     *       "postalCode": "D02 X285",
                     *       "country": "IE",
                     *       "phone": null,
                     *       "isDefault": true
                     *     }
                     */
                    "application/json": components["schemas"]["CustomerAddress"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"];
                };
            };
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `customer_not_found`: The customer does not exist.
             *     - `address_not_found`: No address in the address book has this id.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["CustomerNotFoundProblem"] | components["schemas"]["AddressNotFoundProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    removeMyAddress: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000021
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"];
                };
            };
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `customer_not_found`: The customer does not exist.
             *     - `address_not_found`: No address in the address book has this id.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["CustomerNotFoundProblem"] | components["schemas"]["AddressNotFoundProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listCustomers: {
        parameters: {
            query?: {
                /**
                 * @description At most 16 words; for each of them, a word of the name or the e-mail address must begin with it. Letter case and accents are ignored, all but letters, digits and pictures separates words, and an e-mail address is one word. In scripts without spaces, such as Chinese, Japanese and Thai, any two neighbouring characters are a word
                 * @example ann
                 */
                q?: string;
                /**
                 * @description Maximum number of items on the page
                 * @example 20
                 */
                limit?: components["parameters"]["Limit"];
                /** @description `nextCursor` of the previous page; valid only with the same sort and filters */
                after?: components["parameters"]["After"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of a list */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "019b76da-a800-7000-8000-000000000001",
                     *           "name": "Ann Example",
                     *           "email": "ann@example.org",
                     *           "phone": "+353 1 555 0100",
                     *           "addresses": [
                     *             {
                     *               "id": "019b76da-a800-7000-8000-000000000021",
                     *               "name": null,
                     *               "line1": "12 Rose Lane",
                     *               "line2": null,
                     *               "city": "Dublin",
                     *               "region": null,
                     *               "postalCode": "D02 X285",
                     *               "country": "IE",
                     *               "phone": null,
                     *               "isDefault": true
                     *             }
                     *           ],
                     *           "createdAt": "2026-01-05T09:30:00.000Z",
                     *           "updatedAt": "2026-01-05T09:30:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["CustomerPage"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `invalid_cursor`: The cursor does not belong to this list with this sort and these filters. Start again without after.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidCursorProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    createCustomer: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to retry: for 24 hours the same key returns the stored reply and nothing is executed twice. 1 to 255 characters, such as a UUID */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Bea Example",
                 *       "email": "bea@example.org"
                 *     }
                 */
                "application/json": components["schemas"]["CustomerCreate"];
            };
        };
        responses: {
            /** @description The profile of a customer */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000002",
                     *       "name": "Bea Example",
                     *       "email": "bea@example.org",
                     *       "phone": null,
                     *       "addresses": [],
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Customer"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             *     - `invalid_idempotency_key`: The Idempotency-Key must be 1 to 255 visible ASCII characters, bare or as a quoted string.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"] | components["schemas"]["InvalidIdempotencyKeyProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `request_in_progress`: A request with this Idempotency-Key is still running. Try again in a moment.
             *     - `email_taken`: An account with this e-mail address already exists.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["RequestInProgressProblem"] | components["schemas"]["EmailTakenProblem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description - `invalid_body`: One or more fields of the body are invalid; errors lists them.
             *     - `idempotency_key_reused`: This Idempotency-Key was already used for a different request. Use a new key.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidBodyProblem"] | components["schemas"]["IdempotencyKeyReusedProblem"];
                };
            };
            /**
             * @description - `rate_limited`: Too many requests. Try again after the number of seconds in Retry-After.
             *     - `idempotency_quota_exceeded`: The replies stored under your Idempotency-Keys of the last 24 hours have reached your quota. Nothing was done. Retry later, or send the request without a key.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RateLimitedProblem"] | components["schemas"]["IdempotencyQuotaExceededProblem"];
                };
            };
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getCustomer: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Returns 304 if the `ETag` of the resource is one of these
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfChanged"];
            };
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000001
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The profile of a customer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000001",
                     *       "name": "Ann Example",
                     *       "email": "ann@example.org",
                     *       "phone": "+353 1 555 0100",
                     *       "addresses": [
                     *         {
                     *           "id": "019b76da-a800-7000-8000-000000000021",
                     *           "name": null,
                     *           "line1": "12 Rose Lane",
                     *           "line2": null,
                     *           "city": "Dublin",
                     *           "region": null,
                     *           "postalCode": "D02 X285",
                     *           "country": "IE",
                     *           "phone": null,
                     *           "isDefault": true
                     *         }
                     *       ],
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Customer"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `customer_not_found`: The customer does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["CustomerNotFoundProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    replaceCustomer: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Changes the resource only if its `ETag` is one of these, or `*`; 412 otherwise
                 * @example *
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
                /**
                 * @description Changes the resource only if its `ETag` is none of these; 412 otherwise
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000001
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Ann Example",
                 *       "phone": "+353 1 555 0100"
                 *     }
                 */
                "application/json": components["schemas"]["CustomerReplace"];
            };
        };
        responses: {
            /** @description The profile of a customer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000001",
                     *       "name": "Ann Example",
                     *       "email": "ann@example.org",
                     *       "phone": "+353 1 555 0100",
                     *       "addresses": [
                     *         {
                     *           "id": "019b76da-a800-7000-8000-000000000021",
                     *           "name": null,
                     *           "line1": "12 Rose Lane",
                     *           "line2": null,
                     *           "city": "Dublin",
                     *           "region": null,
                     *           "postalCode": "D02 X285",
                     *           "country": "IE",
                     *           "phone": null,
                     *           "isDefault": true
                     *         }
                     *       ],
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Customer"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `customer_not_found`: The customer does not exist.
             *     - `user_not_found`: The user does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["CustomerNotFoundProblem"] | components["schemas"]["UserNotFoundProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    eraseCustomer: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Changes the resource only if its `ETag` is one of these, or `*`; 412 otherwise
                 * @example *
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
                /**
                 * @description Changes the resource only if its `ETag` is none of these; 412 otherwise
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000001
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /**
             * @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one.
             *     - `forbidden`: This call is for administrators only.
             *     - `recent_login_required`: This call requires a log-in within the last ten minutes. Log in again and repeat the request with the new access token.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"] | components["schemas"]["ForbiddenProblem"] | components["schemas"]["RecentLoginRequiredProblem"];
                };
            };
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `customer_not_found`: The customer does not exist.
             *     - `user_not_found`: The user does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["CustomerNotFoundProblem"] | components["schemas"]["UserNotFoundProblem"];
                };
            };
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `last_admin`: The shop must keep at least one enabled administrator.
             *     - `open_orders`: The customer has confirmed or shipped orders. Try again when they are delivered or cancelled.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["LastAdminProblem"] | components["schemas"]["OpenOrdersProblem"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    changeCustomer: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Changes the resource only if its `ETag` is one of these, or `*`; 412 otherwise
                 * @example *
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
                /**
                 * @description Changes the resource only if its `ETag` is none of these; 412 otherwise
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000001
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "phone": "+353 1 555 0100"
                 *     }
                 */
                "application/json": components["schemas"]["CustomerUpdate"];
                /**
                 * @example {
                 *       "phone": "+353 1 555 0100"
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["CustomerUpdate"];
            };
        };
        responses: {
            /** @description The profile of a customer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000001",
                     *       "name": "Ann Example",
                     *       "email": "ann@example.org",
                     *       "phone": "+353 1 555 0100",
                     *       "addresses": [
                     *         {
                     *           "id": "019b76da-a800-7000-8000-000000000021",
                     *           "name": null,
                     *           "line1": "12 Rose Lane",
                     *           "line2": null,
                     *           "city": "Dublin",
                     *           "region": null,
                     *           "postalCode": "D02 X285",
                     *           "country": "IE",
                     *           "phone": null,
                     *           "isDefault": true
                     *         }
                     *       ],
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Customer"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `customer_not_found`: The customer does not exist.
             *     - `user_not_found`: The user does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["CustomerNotFoundProblem"] | components["schemas"]["UserNotFoundProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            /** @description - `unsupported_media_type`: The body must be of a media type that the operation documents, mostly application/json, in UTF-8 and uncompressed. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UnsupportedMediaTypeProblem"];
                };
            };
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    exportMyData: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All personal data that the shop holds on one person */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "account": {
                     *         "id": "019b76da-a800-7000-8000-000000000001",
                     *         "name": "Ann Example",
                     *         "email": "ann@example.org",
                     *         "emailVerifiedAt": null,
                     *         "username": "ann",
                     *         "role": "customer",
                     *         "disabled": false,
                     *         "createdAt": "2026-01-05T09:30:00.000Z",
                     *         "updatedAt": "2026-01-05T09:30:00.000Z",
                     *         "sessions": [
                     *           {
                     *             "id": "019b76da-a800-7000-8000-000000000011",
                     *             "device": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                     *             "address": "192.0.2.17",
                     *             "createdAt": "2026-01-05T09:30:00.000Z",
                     *             "authenticatedAt": "2026-01-05T09:30:00.000Z",
                     *             "lastUsedAt": "2026-01-05T09:30:00.000Z",
                     *             "expiresAt": "2026-02-04T10:00:00.000Z",
                     *             "endedAt": null
                     *           }
                     *         ]
                     *       },
                     *       "customer": {
                     *         "id": "019b76da-a800-7000-8000-000000000001",
                     *         "name": "Ann Example",
                     *         "email": "ann@example.org",
                     *         "phone": "+353 1 555 0100",
                     *         "addresses": [
                     *           {
                     *             "id": "019b76da-a800-7000-8000-000000000021",
                     *             "name": null,
                     *             "line1": "12 Rose Lane",
                     *             "line2": null,
                     *             "city": "Dublin",
                     *             "region": null,
                     *             "postalCode": "D02 X285",
                     *             "country": "IE",
                     *             "phone": null,
                     *             "isDefault": true
                     *           }
                     *         ],
                     *         "createdAt": "2026-01-05T09:30:00.000Z",
                     *         "updatedAt": "2026-01-05T09:30:00.000Z"
                     *       },
                     *       "cart": {
                     *         "items": [
                     *           {
                     *             "productId": "019b76da-a800-7000-8000-000000000101",
                     *             "quantity": 2
                     *           }
                     *         ]
                     *       },
                     *       "auditLog": [
                     *         {
                     *           "id": "019b76da-a800-7000-8000-000000000052",
                     *           "at": "2026-01-05T09:30:00.000Z",
                     *           "action": "user.logged_in",
                     *           "subjectId": "019b76da-a800-7000-8000-000000000001",
                     *           "by": "me",
                     *           "addressHash": "5b2c4f9d0e7a6c1384f0d2a9"
                     *         }
                     *       ],
                     *       "orders": [
                     *         {
                     *           "id": "019b76da-a800-7000-8000-000000000031",
                     *           "number": "7KQ4-XM2P",
                     *           "status": "pending",
                     *           "products": [
                     *             {
                     *               "productId": "019b76da-a800-7000-8000-000000000101",
                     *               "sku": "COF-HOUSE-250",
                     *               "name": "House blend",
                     *               "unitPrice": 9,
                     *               "quantity": 2,
                     *               "lineTotal": 9
                     *             }
                     *           ],
                     *           "totalPrice": 9,
                     *           "currency": "USD",
                     *           "shippingAddress": {
                     *             "name": null,
                     *             "line1": "12 Rose Lane",
                     *             "line2": null,
                     *             "city": "Dublin",
                     *             "region": null,
                     *             "postalCode": "D02 X285",
                     *             "country": "IE",
                     *             "phone": null
                     *           },
                     *           "createdAt": "2026-01-05T09:30:00.000Z",
                     *           "updatedAt": "2026-01-05T09:30:00.000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["PersonalData"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /**
             * @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one.
             *     - `recent_login_required`: This call requires a log-in within the last ten minutes. Log in again and repeat the request with the new access token.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"] | components["schemas"]["RecentLoginRequiredProblem"];
                };
            };
            /**
             * @description - `customer_not_found`: The customer does not exist.
             *     - `user_not_found`: The user does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["CustomerNotFoundProblem"] | components["schemas"]["UserNotFoundProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    importProducts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example sku,name,price,quantity,category
                 *     MUG-350-BLUE,Enamel mug,19,10,Coffee
                 */
                "text/csv": string;
                /** @example {"sku":"MUG-350-BLUE","name":"Enamel mug","price":19,"quantity":10,"category":"Coffee"} */
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description The import, with the status `running` */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000051",
                     *       "status": "running",
                     *       "format": "csv",
                     *       "requestedBy": "019b76da-a800-7000-8000-000000000003",
                     *       "rows": 1,
                     *       "processed": 0,
                     *       "created": 0,
                     *       "updated": 0,
                     *       "unchanged": 0,
                     *       "refused": 0,
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z",
                     *       "finishedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["ProductImport"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `import_ended`: The import has ended.
             *     - `too_many_imports`: Too many imports are under way. Wait until one has ended, or cancel one.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["ImportEndedProblem"] | components["schemas"]["TooManyImportsProblem"];
                };
            };
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description - `invalid_import`: The file cannot be read; `reason` says why, and `line` where. Nothing was imported.
             *     - `import_empty`: The file has no rows.
             *     - `import_too_large`: The file has more than 1,000,000 rows or 256 MiB. Nothing was imported: split it.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidImportProblem"] | components["schemas"]["ImportEmptyProblem"] | components["schemas"]["ImportTooLargeProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    exportProducts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The products */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example {"sku":"COF-HOUSE-250","name":"House blend","description":"Chocolate and hazelnut, 250 g, whole beans.","price":9,"quantity":120,"category":"Coffee","imageUrl":"https://images.example/mug.jpg"} */
                    "application/x-ndjson": string;
                    /**
                     * @example sku,name,description,price,quantity,category,imageUrl
                     *     COF-HOUSE-250,House blend,"Chocolate and hazelnut, 250 g, whole beans.",9,120,Coffee,https://images.example/mug.jpg
                     */
                    "text/csv": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    listImports: {
        parameters: {
            query?: {
                /**
                 * @description Maximum number of items on the page
                 * @example 20
                 */
                limit?: components["parameters"]["Limit"];
                /** @description `nextCursor` of the previous page; valid only with the same sort and filters */
                after?: components["parameters"]["After"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of imports */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "019b76da-a800-7000-8000-000000000051",
                     *           "status": "running",
                     *           "format": "csv",
                     *           "requestedBy": "019b76da-a800-7000-8000-000000000003",
                     *           "rows": 1,
                     *           "processed": 0,
                     *           "created": 0,
                     *           "updated": 0,
                     *           "unchanged": 0,
                     *           "refused": 0,
                     *           "createdAt": "2026-01-05T09:30:00.000Z",
                     *           "updatedAt": "2026-01-05T09:30:00.000Z",
                     *           "finishedAt": null
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["ProductImportPage"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `invalid_cursor`: The cursor does not belong to this list with this sort and these filters. Start again without after.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidCursorProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    getImport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000051
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An import of products */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000051",
                     *       "status": "running",
                     *       "format": "csv",
                     *       "requestedBy": "019b76da-a800-7000-8000-000000000003",
                     *       "rows": 1,
                     *       "processed": 0,
                     *       "created": 0,
                     *       "updated": 0,
                     *       "unchanged": 0,
                     *       "refused": 0,
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z",
                     *       "finishedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["ProductImport"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `import_not_found`: The import does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["ImportNotFoundProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    listImportErrors: {
        parameters: {
            query?: {
                /**
                 * @description Maximum number of items on the page
                 * @example 20
                 */
                limit?: components["parameters"]["Limit"];
                /** @description `nextCursor` of the previous page; valid only with the same sort and filters */
                after?: components["parameters"]["After"];
            };
            header?: never;
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000051
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of rows that were refused */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "line": 3,
                     *           "sku": "MUG-350-BLUE",
                     *           "errors": [
                     *             {
                     *               "pointer": "/price",
                     *               "detail": "The price must have at most 2 decimals."
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["ProductImportErrorPage"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `invalid_cursor`: The cursor does not belong to this list with this sort and these filters. Start again without after.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidCursorProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `import_not_found`: The import does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["ImportNotFoundProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    cancelImport: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to retry: for 24 hours the same key returns the stored reply and nothing is executed twice. 1 to 255 characters, such as a UUID */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000051
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The import, `cancelled` unless it had ended before */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000051",
                     *       "status": "cancelled",
                     *       "format": "csv",
                     *       "requestedBy": "019b76da-a800-7000-8000-000000000003",
                     *       "rows": 1,
                     *       "processed": 0,
                     *       "created": 0,
                     *       "updated": 0,
                     *       "unchanged": 0,
                     *       "refused": 0,
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z",
                     *       "finishedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["ProductImport"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `invalid_idempotency_key`: The Idempotency-Key must be 1 to 255 visible ASCII characters, bare or as a quoted string.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidIdempotencyKeyProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `import_not_found`: The import does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["ImportNotFoundProblem"];
                };
            };
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `request_in_progress`: A request with this Idempotency-Key is still running. Try again in a moment.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["RequestInProgressProblem"];
                };
            };
            /** @description - `idempotency_key_reused`: This Idempotency-Key was already used for a different request. Use a new key. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IdempotencyKeyReusedProblem"];
                };
            };
            /**
             * @description - `rate_limited`: Too many requests. Try again after the number of seconds in Retry-After.
             *     - `idempotency_quota_exceeded`: The replies stored under your Idempotency-Keys of the last 24 hours have reached your quota. Nothing was done. Retry later, or send the request without a key.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RateLimitedProblem"] | components["schemas"]["IdempotencyQuotaExceededProblem"];
                };
            };
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listProducts: {
        parameters: {
            query?: {
                /**
                 * @description At most 16 words; for each of them, a word of name, description or SKU must begin with it. Letter case and accents are ignored, all but letters, digits and pictures separates words, and an e-mail address is one word. In scripts without spaces, such as Chinese, Japanese and Thai, any two neighbouring characters are a word
                 * @example house
                 */
                q?: string;
                /**
                 * @description The product with this SKU, in any letter case
                 * @example COF-HOUSE-250
                 */
                sku?: string;
                /**
                 * @description Only products in the category with this id
                 * @example 019b76da-a800-7000-8000-000000000100
                 */
                category?: string;
                /**
                 * @description Only products at this price or above, in USD
                 * @example 9
                 */
                minPrice?: number;
                /**
                 * @description Only products at this price or below, in USD
                 * @example 9
                 */
                maxPrice?: number;
                /**
                 * @description true: only products in stock; false: only products that are sold out
                 * @example true
                 */
                inStock?: boolean;
                /**
                 * @description A minus sorts in descending order
                 * @example -createdAt
                 */
                sort?: "name" | "-name" | "price" | "-price" | "createdAt" | "-createdAt";
                /**
                 * @description Maximum number of items on the page
                 * @example 20
                 */
                limit?: components["parameters"]["Limit"];
                /** @description `nextCursor` of the previous page; valid only with the same sort and filters */
                after?: components["parameters"]["After"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of a list */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "019b76da-a800-7000-8000-000000000101",
                     *           "sku": "COF-HOUSE-250",
                     *           "name": "House blend",
                     *           "description": "Chocolate and hazelnut, 250 g, whole beans.",
                     *           "price": 9,
                     *           "currency": "USD",
                     *           "quantity": 120,
                     *           "category": {
                     *             "id": "019b76da-a800-7000-8000-000000000100",
                     *             "name": "Coffee"
                     *           },
                     *           "imageUrl": null,
                     *           "createdAt": "2026-01-05T09:30:00.000Z",
                     *           "updatedAt": "2026-01-05T09:30:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["ProductPage"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `invalid_cursor`: The cursor does not belong to this list with this sort and these filters. Start again without after.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidCursorProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    createProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to retry: for 24 hours the same key returns the stored reply and nothing is executed twice. 1 to 255 characters, such as a UUID */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "sku": "MUG-350-BLUE",
                 *       "name": "Enamel mug",
                 *       "description": "Holds 350 ml and survives the campfire.",
                 *       "price": 19,
                 *       "categoryId": "019b76da-a800-7000-8000-000000000107",
                 *       "imageUrl": "https://images.example/mug.jpg",
                 *       "quantity": 10
                 *     }
                 */
                "application/json": components["schemas"]["ProductCreate"];
            };
        };
        responses: {
            /** @description A product with its stock and its category */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000201",
                     *       "sku": "MUG-350-BLUE",
                     *       "name": "Enamel mug",
                     *       "description": "Holds 350 ml and survives the campfire.",
                     *       "price": 19,
                     *       "currency": "USD",
                     *       "quantity": 10,
                     *       "category": {
                     *         "id": "019b76da-a800-7000-8000-000000000107",
                     *         "name": "Equipment"
                     *       },
                     *       "imageUrl": "https://images.example/mug.jpg",
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Product"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             *     - `invalid_idempotency_key`: The Idempotency-Key must be 1 to 255 visible ASCII characters, bare or as a quoted string.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"] | components["schemas"]["InvalidIdempotencyKeyProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `request_in_progress`: A request with this Idempotency-Key is still running. Try again in a moment.
             *     - `sku_taken`: Another product already has this SKU.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["RequestInProgressProblem"] | components["schemas"]["SkuTakenProblem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description - `invalid_body`: One or more fields of the body are invalid; errors lists them.
             *     - `idempotency_key_reused`: This Idempotency-Key was already used for a different request. Use a new key.
             *     - `unknown_category`: No category has the id given as categoryId.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidBodyProblem"] | components["schemas"]["IdempotencyKeyReusedProblem"] | components["schemas"]["UnknownCategoryProblem"];
                };
            };
            /**
             * @description - `rate_limited`: Too many requests. Try again after the number of seconds in Retry-After.
             *     - `idempotency_quota_exceeded`: The replies stored under your Idempotency-Keys of the last 24 hours have reached your quota. Nothing was done. Retry later, or send the request without a key.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RateLimitedProblem"] | components["schemas"]["IdempotencyQuotaExceededProblem"];
                };
            };
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getProduct: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Returns 304 if the `ETag` of the resource is one of these
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfChanged"];
            };
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000101
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A product with its stock and its category */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000101",
                     *       "sku": "COF-HOUSE-250",
                     *       "name": "House blend",
                     *       "description": "Chocolate and hazelnut, 250 g, whole beans.",
                     *       "price": 9,
                     *       "currency": "USD",
                     *       "quantity": 120,
                     *       "category": {
                     *         "id": "019b76da-a800-7000-8000-000000000100",
                     *         "name": "Coffee"
                     *       },
                     *       "imageUrl": null,
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Product"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `product_not_found`: The product does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["ProductNotFoundProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    replaceProduct: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Changes the resource only if its `ETag` is one of these, or `*`; 412 otherwise
                 * @example *
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
                /**
                 * @description Changes the resource only if its `ETag` is none of these; 412 otherwise
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000101
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "sku": "COF-HOUSE-250",
                 *       "name": "House blend",
                 *       "description": "Chocolate and hazelnut, 250 g, whole beans.",
                 *       "price": 9,
                 *       "categoryId": "019b76da-a800-7000-8000-000000000100"
                 *     }
                 */
                "application/json": components["schemas"]["ProductReplace"];
            };
        };
        responses: {
            /** @description A product with its stock and its category */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000101",
                     *       "sku": "COF-HOUSE-250",
                     *       "name": "House blend",
                     *       "description": "Chocolate and hazelnut, 250 g, whole beans.",
                     *       "price": 9,
                     *       "currency": "USD",
                     *       "quantity": 120,
                     *       "category": {
                     *         "id": "019b76da-a800-7000-8000-000000000100",
                     *         "name": "Coffee"
                     *       },
                     *       "imageUrl": null,
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Product"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `product_not_found`: The product does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["ProductNotFoundProblem"];
                };
            };
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `sku_taken`: Another product already has this SKU.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["SkuTakenProblem"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description - `invalid_body`: One or more fields of the body are invalid; errors lists them.
             *     - `unknown_category`: No category has the id given as categoryId.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidBodyProblem"] | components["schemas"]["UnknownCategoryProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    deleteProduct: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Changes the resource only if its `ETag` is one of these, or `*`; 412 otherwise
                 * @example *
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
                /**
                 * @description Changes the resource only if its `ETag` is none of these; 412 otherwise
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000110
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `product_not_found`: The product does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["ProductNotFoundProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    changeProduct: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Changes the resource only if its `ETag` is one of these, or `*`; 412 otherwise
                 * @example *
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
                /**
                 * @description Changes the resource only if its `ETag` is none of these; 412 otherwise
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000101
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "price": 9
                 *     }
                 */
                "application/json": components["schemas"]["ProductUpdate"];
                /**
                 * @example {
                 *       "price": 9
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["ProductUpdate"];
            };
        };
        responses: {
            /** @description A product with its stock and its category */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000101",
                     *       "sku": "COF-HOUSE-250",
                     *       "name": "House blend",
                     *       "description": "Chocolate and hazelnut, 250 g, whole beans.",
                     *       "price": 9,
                     *       "currency": "USD",
                     *       "quantity": 120,
                     *       "category": {
                     *         "id": "019b76da-a800-7000-8000-000000000100",
                     *         "name": "Coffee"
                     *       },
                     *       "imageUrl": null,
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Product"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `product_not_found`: The product does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["ProductNotFoundProblem"];
                };
            };
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `sku_taken`: Another product already has this SKU.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["SkuTakenProblem"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            /** @description - `unsupported_media_type`: The body must be of a media type that the operation documents, mostly application/json, in UTF-8 and uncompressed. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UnsupportedMediaTypeProblem"];
                };
            };
            /**
             * @description - `invalid_body`: One or more fields of the body are invalid; errors lists them.
             *     - `unknown_category`: No category has the id given as categoryId.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidBodyProblem"] | components["schemas"]["UnknownCategoryProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listStockAdjustments: {
        parameters: {
            query?: {
                /**
                 * @description Maximum number of items on the page
                 * @example 20
                 */
                limit?: components["parameters"]["Limit"];
                /** @description `nextCursor` of the previous page; valid only with the same sort and filters */
                after?: components["parameters"]["After"];
            };
            header?: never;
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000101
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of a list */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "019b76da-a800-7000-8000-000000000301",
                     *           "delta": 12,
                     *           "reason": "adjustment",
                     *           "note": "Delivery of 3 March",
                     *           "orderId": null,
                     *           "balance": 132,
                     *           "createdAt": "2026-01-05T09:30:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["StockMovementPage"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `invalid_cursor`: The cursor does not belong to this list with this sort and these filters. Start again without after.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidCursorProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `product_not_found`: The product does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["ProductNotFoundProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    adjustStock: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to retry: for 24 hours the same key returns the stored reply and nothing is executed twice. 1 to 255 characters, such as a UUID */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000101
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "delta": 12,
                 *       "note": "Delivery of 3 March"
                 *     }
                 */
                "application/json": components["schemas"]["StockAdjustmentCreate"];
            };
        };
        responses: {
            /** @description A movement of the stock ledger */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000301",
                     *       "delta": 12,
                     *       "reason": "adjustment",
                     *       "note": "Delivery of 3 March",
                     *       "orderId": null,
                     *       "balance": 132,
                     *       "createdAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["StockMovement"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             *     - `invalid_idempotency_key`: The Idempotency-Key must be 1 to 255 visible ASCII characters, bare or as a quoted string.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"] | components["schemas"]["InvalidIdempotencyKeyProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `product_not_found`: The product does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["ProductNotFoundProblem"];
                };
            };
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `request_in_progress`: A request with this Idempotency-Key is still running. Try again in a moment.
             *     - `stock_out_of_range`: The adjustment would make the stock negative or larger than the maximum of 1000000000.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["RequestInProgressProblem"] | components["schemas"]["StockOutOfRangeProblem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description - `invalid_body`: One or more fields of the body are invalid; errors lists them.
             *     - `idempotency_key_reused`: This Idempotency-Key was already used for a different request. Use a new key.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidBodyProblem"] | components["schemas"]["IdempotencyKeyReusedProblem"];
                };
            };
            /**
             * @description - `rate_limited`: Too many requests. Try again after the number of seconds in Retry-After.
             *     - `idempotency_quota_exceeded`: The replies stored under your Idempotency-Keys of the last 24 hours have reached your quota. Nothing was done. Retry later, or send the request without a key.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RateLimitedProblem"] | components["schemas"]["IdempotencyQuotaExceededProblem"];
                };
            };
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listCategories: {
        parameters: {
            query?: {
                /**
                 * @description Maximum number of items on the page
                 * @example 20
                 */
                limit?: components["parameters"]["Limit"];
                /** @description `nextCursor` of the previous page; valid only with the same sort and filters */
                after?: components["parameters"]["After"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of a list */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "019b76da-a800-7000-8000-000000000100",
                     *           "name": "Coffee",
                     *           "description": "Beans and ground coffee.",
                     *           "createdAt": "2026-01-05T09:30:00.000Z",
                     *           "updatedAt": "2026-01-05T09:30:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["CategoryPage"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `invalid_cursor`: The cursor does not belong to this list with this sort and these filters. Start again without after.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidCursorProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    createCategory: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to retry: for 24 hours the same key returns the stored reply and nothing is executed twice. 1 to 255 characters, such as a UUID */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Kitchen",
                 *       "description": "For the kitchen."
                 *     }
                 */
                "application/json": components["schemas"]["CategoryCreate"];
            };
        };
        responses: {
            /** @description A category of products */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000200",
                     *       "name": "Kitchen",
                     *       "description": "For the kitchen.",
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Category"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             *     - `invalid_idempotency_key`: The Idempotency-Key must be 1 to 255 visible ASCII characters, bare or as a quoted string.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"] | components["schemas"]["InvalidIdempotencyKeyProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `request_in_progress`: A request with this Idempotency-Key is still running. Try again in a moment.
             *     - `category_exists`: A category with this name already exists.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["RequestInProgressProblem"] | components["schemas"]["CategoryExistsProblem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description - `invalid_body`: One or more fields of the body are invalid; errors lists them.
             *     - `idempotency_key_reused`: This Idempotency-Key was already used for a different request. Use a new key.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidBodyProblem"] | components["schemas"]["IdempotencyKeyReusedProblem"];
                };
            };
            /**
             * @description - `rate_limited`: Too many requests. Try again after the number of seconds in Retry-After.
             *     - `idempotency_quota_exceeded`: The replies stored under your Idempotency-Keys of the last 24 hours have reached your quota. Nothing was done. Retry later, or send the request without a key.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RateLimitedProblem"] | components["schemas"]["IdempotencyQuotaExceededProblem"];
                };
            };
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getCategory: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Returns 304 if the `ETag` of the resource is one of these
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfChanged"];
            };
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000100
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A category of products */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000100",
                     *       "name": "Coffee",
                     *       "description": "Beans and ground coffee.",
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Category"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `category_not_found`: The category does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["CategoryNotFoundProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    replaceCategory: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Changes the resource only if its `ETag` is one of these, or `*`; 412 otherwise
                 * @example *
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
                /**
                 * @description Changes the resource only if its `ETag` is none of these; 412 otherwise
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000100
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Coffee",
                 *       "description": "Beans and ground coffee."
                 *     }
                 */
                "application/json": components["schemas"]["CategoryReplace"];
            };
        };
        responses: {
            /** @description A category of products */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000100",
                     *       "name": "Coffee",
                     *       "description": "Beans and ground coffee.",
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Category"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `category_not_found`: The category does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["CategoryNotFoundProblem"];
                };
            };
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `category_exists`: A category with this name already exists.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["CategoryExistsProblem"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    deleteCategory: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Changes the resource only if its `ETag` is one of these, or `*`; 412 otherwise
                 * @example *
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
                /**
                 * @description Changes the resource only if its `ETag` is none of these; 412 otherwise
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000200
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `category_not_found`: The category does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["CategoryNotFoundProblem"];
                };
            };
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `category_in_use`: The category still contains products. Move or delete them first.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["CategoryInUseProblem"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getDemoPicture: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Returns 304 if the `ETag` of the resource is one of these
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfChanged"];
            };
            path: {
                /**
                 * @description Name of the file
                 * @example cof-house-250.svg
                 */
                file: "cof-house-250.svg" | "cof-guji-250.svg" | "cof-decaf-250.svg" | "tea-assam-100.svg" | "tea-sencha-100.svg" | "eqp-grinder.svg" | "eqp-dripper.svg" | "eqp-kettle.svg";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400"></svg> */
                    "image/svg+xml": string;
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    getCart: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Returns 304 if the `ETag` of the resource is one of these
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfChanged"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The cart with current prices */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "product": {
                     *             "id": "019b76da-a800-7000-8000-000000000101",
                     *             "name": "House blend",
                     *             "price": 9,
                     *             "imageUrl": null
                     *           },
                     *           "quantity": 2,
                     *           "lineTotal": 9,
                     *           "available": 120
                     *         }
                     *       ],
                     *       "totalPrice": 9,
                     *       "currency": "USD",
                     *       "pricesAsOf": null,
                     *       "version": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Cart"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    addToCart: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Changes the resource only if its `ETag` is one of these, or `*`; 412 otherwise
                 * @example *
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
                /**
                 * @description Changes the resource only if its `ETag` is none of these; 412 otherwise
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description Makes the request safe to retry: for 24 hours the same key returns the stored reply and nothing is executed twice. 1 to 255 characters, such as a UUID */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "productId": "019b76da-a800-7000-8000-000000000101",
                 *       "quantity": 2
                 *     }
                 */
                "application/json": components["schemas"]["CartLineCreate"];
            };
        };
        responses: {
            /** @description The cart with current prices */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "product": {
                     *             "id": "019b76da-a800-7000-8000-000000000101",
                     *             "name": "House blend",
                     *             "price": 9,
                     *             "imageUrl": null
                     *           },
                     *           "quantity": 2,
                     *           "lineTotal": 9,
                     *           "available": 120
                     *         }
                     *       ],
                     *       "totalPrice": 9,
                     *       "currency": "USD",
                     *       "pricesAsOf": null,
                     *       "version": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Cart"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             *     - `invalid_idempotency_key`: The Idempotency-Key must be 1 to 255 visible ASCII characters, bare or as a quoted string.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"] | components["schemas"]["InvalidIdempotencyKeyProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"];
                };
            };
            /**
             * @description - `product_not_found`: The product does not exist.
             *     - `customer_not_found`: The customer does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProductNotFoundProblem"] | components["schemas"]["CustomerNotFoundProblem"];
                };
            };
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `request_in_progress`: A request with this Idempotency-Key is still running. Try again in a moment.
             *     - `cart_full`: The cart already holds the maximum of 100 products.
             *     - `line_quantity_exceeded`: The cart can hold at most 999 of one product.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["RequestInProgressProblem"] | components["schemas"]["CartFullProblem"] | components["schemas"]["LineQuantityExceededProblem"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description - `invalid_body`: One or more fields of the body are invalid; errors lists them.
             *     - `idempotency_key_reused`: This Idempotency-Key was already used for a different request. Use a new key.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidBodyProblem"] | components["schemas"]["IdempotencyKeyReusedProblem"];
                };
            };
            /**
             * @description - `rate_limited`: Too many requests. Try again after the number of seconds in Retry-After.
             *     - `idempotency_quota_exceeded`: The replies stored under your Idempotency-Keys of the last 24 hours have reached your quota. Nothing was done. Retry later, or send the request without a key.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RateLimitedProblem"] | components["schemas"]["IdempotencyQuotaExceededProblem"];
                };
            };
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    clearCart: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Changes the resource only if its `ETag` is one of these, or `*`; 412 otherwise
                 * @example *
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
                /**
                 * @description Changes the resource only if its `ETag` is none of these; 412 otherwise
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The cart with current prices */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "product": {
                     *             "id": "019b76da-a800-7000-8000-000000000101",
                     *             "name": "House blend",
                     *             "price": 9,
                     *             "imageUrl": null
                     *           },
                     *           "quantity": 2,
                     *           "lineTotal": 9,
                     *           "available": 120
                     *         }
                     *       ],
                     *       "totalPrice": 9,
                     *       "currency": "USD",
                     *       "pricesAsOf": null,
                     *       "version": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Cart"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"];
                };
            };
            /** @description - `customer_not_found`: The customer does not exist. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["CustomerNotFoundProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    setCartLineQuantity: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Changes the resource only if its `ETag` is one of these, or `*`; 412 otherwise
                 * @example *
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
                /**
                 * @description Changes the resource only if its `ETag` is none of these; 412 otherwise
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description Id of a product in the cart
                 * @example 019b76da-a800-7000-8000-000000000101
                 */
                productId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "quantity": 2
                 *     }
                 */
                "application/json": components["schemas"]["CartLineReplace"];
            };
        };
        responses: {
            /** @description The cart with current prices */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "product": {
                     *             "id": "019b76da-a800-7000-8000-000000000101",
                     *             "name": "House blend",
                     *             "price": 9,
                     *             "imageUrl": null
                     *           },
                     *           "quantity": 2,
                     *           "lineTotal": 9,
                     *           "available": 120
                     *         }
                     *       ],
                     *       "totalPrice": 9,
                     *       "currency": "USD",
                     *       "pricesAsOf": null,
                     *       "version": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Cart"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"];
                };
            };
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `cart_line_not_found`: The product is not in the cart.
             *     - `customer_not_found`: The customer does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["CartLineNotFoundProblem"] | components["schemas"]["CustomerNotFoundProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    removeFromCart: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Changes the resource only if its `ETag` is one of these, or `*`; 412 otherwise
                 * @example *
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
                /**
                 * @description Changes the resource only if its `ETag` is none of these; 412 otherwise
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description Id of a product in the cart
                 * @example 019b76da-a800-7000-8000-000000000101
                 */
                productId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The cart with current prices */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "product": {
                     *             "id": "019b76da-a800-7000-8000-000000000101",
                     *             "name": "House blend",
                     *             "price": 9,
                     *             "imageUrl": null
                     *           },
                     *           "quantity": 2,
                     *           "lineTotal": 9,
                     *           "available": 120
                     *         }
                     *       ],
                     *       "totalPrice": 9,
                     *       "currency": "USD",
                     *       "pricesAsOf": null,
                     *       "version": 1
                     *     }
                     */
                    "application/json": components["schemas"]["Cart"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"];
                };
            };
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `cart_line_not_found`: The product is not in the cart.
             *     - `customer_not_found`: The customer does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["CartLineNotFoundProblem"] | components["schemas"]["CustomerNotFoundProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listOrders: {
        parameters: {
            query?: {
                /**
                 * @description Only orders with this status
                 * @example pending
                 */
                status?: components["schemas"]["OrderStatus"];
                /**
                 * @description Only orders of this customer
                 * @example 019b76da-a800-7000-8000-000000000001
                 */
                customerId?: string;
                /**
                 * @description Only orders placed from this time on
                 * @example 2026-01-01T00:00:00Z
                 */
                from?: string;
                /**
                 * @description Only orders placed before this time
                 * @example 2099-12-31T23:59:59Z
                 */
                to?: string;
                /**
                 * @description The order with this number. Letter case and the hyphen are ignored; O is read as 0, and I and L as 1
                 * @example 7KQ4-XM2P
                 */
                number?: string;
                /**
                 * @description Only orders of the customer whose account has this e-mail address
                 * @example ann@example.org
                 */
                email?: string;
                /**
                 * @description Only orders with a line that had this SKU when it was ordered, in any letter case
                 * @example COF-HOUSE-250
                 */
                sku?: string;
                /**
                 * @description Maximum number of items on the page
                 * @example 20
                 */
                limit?: components["parameters"]["Limit"];
                /** @description `nextCursor` of the previous page; valid only with the same sort and filters */
                after?: components["parameters"]["After"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of orders */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "orderId": "019b76da-a800-7000-8000-000000000031",
                     *           "id": "019b76da-a800-7000-8000-000000000031",
                     *           "userId": "019b76da-a800-7000-8000-000000000001",
                     *           "number": "7KQ4-XM2P",
                     *           "status": "pending",
                     *           "products": [
                     *             {
                     *               "productId": "019b76da-a800-7000-8000-000000000101",
                     *               "sku": "COF-HOUSE-250",
                     *               "name": "House blend",
                     *               "unitPrice": 9,
                     *               "quantity": 2,
                     *               "lineTotal": 9
                     *             }
                     *           ],
                     *           "totalPrice": 9,
                     *           "currency": "USD",
                     *           "shippingAddress": {
                     *             "name": null,
                     *             "line1": "12 Rose Lane",
                     *             "line2": null,
                     *             "city": "Dublin",
                     *             "region": null,
                     *             "postalCode": "D02 X285",
                     *             "country": "IE",
                     *             "phone": null
                     *           },
                     *           "createdAt": "2026-01-05T09:30:00.000Z",
                     *           "updatedAt": "2026-01-05T09:30:00.000Z",
                     *           "customer": {
                     *             "name": "Ann Example",
                     *             "email": "ann@example.org"
                     *           }
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["OrderDetailsPage"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `invalid_cursor`: The cursor does not belong to this list with this sort and these filters. Start again without after.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidCursorProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    placeOrder: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to retry: for 24 hours the same key returns the stored reply and nothing is executed twice. 1 to 255 characters, such as a UUID */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "shippingAddress": {
                 *         "line1": "12 Rose Lane",
                 *         "city": "Dublin",
                 *         "postalCode": "D02 X285",
                 *         "country": "IE"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["OrderCreate"];
            };
        };
        responses: {
            /** @description The order, with the status `pending` */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "orderId": "019b76da-a800-7000-8000-000000000031",
                     *       "id": "019b76da-a800-7000-8000-000000000031",
                     *       "userId": "019b76da-a800-7000-8000-000000000001",
                     *       "number": "7KQ4-XM2P",
                     *       "status": "pending",
                     *       "products": [
                     *         {
                     *           "productId": "019b76da-a800-7000-8000-000000000101",
                     *           "sku": "COF-HOUSE-250",
                     *           "name": "House blend",
                     *           "unitPrice": 9,
                     *           "quantity": 2,
                     *           "lineTotal": 9
                     *         }
                     *       ],
                     *       "totalPrice": 9,
                     *       "currency": "USD",
                     *       "shippingAddress": {
                     *         "name": null,
                     *         "line1": "12 Rose Lane",
                     *         "line2": null,
                     *         "city": "Dublin",
                     *         "region": null,
                     *         "postalCode": "D02 X285",
                     *         "country": "IE",
                     *         "phone": null
                     *       },
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Order"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             *     - `invalid_idempotency_key`: The Idempotency-Key must be 1 to 255 visible ASCII characters, bare or as a quoted string.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"] | components["schemas"]["InvalidIdempotencyKeyProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /**
             * @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one.
             *     - `account_disabled`: The account is disabled.
             *     - `email_not_verified`: Verify your e-mail address before you order.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"] | components["schemas"]["AccountDisabledProblem"] | components["schemas"]["EmailNotVerifiedProblem"];
                };
            };
            /** @description - `customer_not_found`: The customer does not exist. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["CustomerNotFoundProblem"];
                };
            };
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `request_in_progress`: A request with this Idempotency-Key is still running. Try again in a moment.
             *     - `cart_empty`: The cart is empty. Add a product before you order.
             *     - `total_changed`: The total of the order differs from expectedTotal. Show the cart again before you order.
             *     - `too_many_pending_orders`: You already have the maximum number of pending orders. Cancel one, or wait until one is confirmed.
             *     - `out_of_stock`: The stock is too low for some lines; `lines` names them.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["RequestInProgressProblem"] | components["schemas"]["CartEmptyProblem"] | components["schemas"]["TotalChangedProblem"] | components["schemas"]["TooManyPendingOrdersProblem"] | components["schemas"]["OutOfStockProblem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description - `invalid_body`: One or more fields of the body are invalid; errors lists them.
             *     - `idempotency_key_reused`: This Idempotency-Key was already used for a different request. Use a new key.
             *     - `unknown_address`: No address in the address book has this id.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidBodyProblem"] | components["schemas"]["IdempotencyKeyReusedProblem"] | components["schemas"]["UnknownAddressProblem"];
                };
            };
            /**
             * @description - `rate_limited`: Too many requests. Try again after the number of seconds in Retry-After.
             *     - `idempotency_quota_exceeded`: The replies stored under your Idempotency-Keys of the last 24 hours have reached your quota. Nothing was done. Retry later, or send the request without a key.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RateLimitedProblem"] | components["schemas"]["IdempotencyQuotaExceededProblem"];
                };
            };
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `placement_expired`: The order could not be placed in time. Nothing was ordered, and the cart is as it was. Try again.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             *     - `outcome_unknown`: The connection broke while the change was being committed. Check whether it happened before you retry.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["PlacementExpiredProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"] | components["schemas"]["OutcomeUnknownProblem"];
                };
            };
        };
    };
    listMyOrders: {
        parameters: {
            query?: {
                /**
                 * @description Maximum number of items on the page
                 * @example 20
                 */
                limit?: components["parameters"]["Limit"];
                /** @description `nextCursor` of the previous page; valid only with the same sort and filters */
                after?: components["parameters"]["After"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of orders */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "orderId": "019b76da-a800-7000-8000-000000000031",
                     *           "id": "019b76da-a800-7000-8000-000000000031",
                     *           "userId": "019b76da-a800-7000-8000-000000000001",
                     *           "number": "7KQ4-XM2P",
                     *           "status": "pending",
                     *           "products": [
                     *             {
                     *               "productId": "019b76da-a800-7000-8000-000000000101",
                     *               "sku": "COF-HOUSE-250",
                     *               "name": "House blend",
                     *               "unitPrice": 9,
                     *               "quantity": 2,
                     *               "lineTotal": 9
                     *             }
                     *           ],
                     *           "totalPrice": 9,
                     *           "currency": "USD",
                     *           "shippingAddress": {
                     *             "name": null,
                     *             "line1": "12 Rose Lane",
                     *             "line2": null,
                     *             "city": "Dublin",
                     *             "region": null,
                     *             "postalCode": "D02 X285",
                     *             "country": "IE",
                     *             "phone": null
                     *           },
                     *           "createdAt": "2026-01-05T09:30:00.000Z",
                     *           "updatedAt": "2026-01-05T09:30:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["OrderPage"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `invalid_cursor`: The cursor does not belong to this list with this sort and these filters. Start again without after.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidCursorProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    listBulkCancellations: {
        parameters: {
            query?: {
                /**
                 * @description Only those of the orders of this customer
                 * @example 019b76da-a800-7000-8000-000000000001
                 */
                customerId?: string;
                /**
                 * @description Maximum number of items on the page
                 * @example 20
                 */
                limit?: components["parameters"]["Limit"];
                /** @description `nextCursor` of the previous page; valid only with the same sort and filters */
                after?: components["parameters"]["After"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of bulk cancellations */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "019b76da-a800-7000-8000-000000000041",
                     *           "status": "running",
                     *           "reason": "requested",
                     *           "requestedBy": "019b76da-a800-7000-8000-000000000003",
                     *           "customerId": "019b76da-a800-7000-8000-000000000001",
                     *           "from": "2026-01-01T00:00:00.000Z",
                     *           "to": "2026-01-05T09:30:00.000Z",
                     *           "cancelled": 0,
                     *           "createdAt": "2026-01-05T09:30:00.000Z",
                     *           "updatedAt": "2026-01-05T09:30:00.000Z",
                     *           "finishedAt": null
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["BulkCancellationPage"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `invalid_cursor`: The cursor does not belong to this list with this sort and these filters. Start again without after.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidCursorProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /**
             * @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one.
             *     - `forbidden`: This call is for administrators only.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"] | components["schemas"]["ForbiddenProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    cancelOrders: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to retry: for 24 hours the same key returns the stored reply and nothing is executed twice. 1 to 255 characters, such as a UUID */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "customerId": "019b76da-a800-7000-8000-000000000001",
                 *       "from": "2026-01-01T00:00:00Z"
                 *     }
                 */
                "application/json": components["schemas"]["BulkCancellationCreate"];
            };
        };
        responses: {
            /** @description The bulk cancellation, with the status `running` */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000041",
                     *       "status": "running",
                     *       "reason": "requested",
                     *       "requestedBy": "019b76da-a800-7000-8000-000000000003",
                     *       "customerId": "019b76da-a800-7000-8000-000000000001",
                     *       "from": "2026-01-01T00:00:00.000Z",
                     *       "to": "2026-01-05T09:30:00.000Z",
                     *       "cancelled": 0,
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z",
                     *       "finishedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["BulkCancellation"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             *     - `invalid_idempotency_key`: The Idempotency-Key must be 1 to 255 visible ASCII characters, bare or as a quoted string.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"] | components["schemas"]["InvalidIdempotencyKeyProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /**
             * @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one.
             *     - `forbidden`: This call is for administrators only.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"] | components["schemas"]["ForbiddenProblem"];
                };
            };
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `request_in_progress`: A request with this Idempotency-Key is still running. Try again in a moment.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["RequestInProgressProblem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description - `invalid_body`: One or more fields of the body are invalid; errors lists them.
             *     - `idempotency_key_reused`: This Idempotency-Key was already used for a different request. Use a new key.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidBodyProblem"] | components["schemas"]["IdempotencyKeyReusedProblem"];
                };
            };
            /**
             * @description - `rate_limited`: Too many requests. Try again after the number of seconds in Retry-After.
             *     - `idempotency_quota_exceeded`: The replies stored under your Idempotency-Keys of the last 24 hours have reached your quota. Nothing was done. Retry later, or send the request without a key.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RateLimitedProblem"] | components["schemas"]["IdempotencyQuotaExceededProblem"];
                };
            };
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getBulkCancellation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000041
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A cancellation of many pending orders */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000041",
                     *       "status": "running",
                     *       "reason": "requested",
                     *       "requestedBy": "019b76da-a800-7000-8000-000000000003",
                     *       "customerId": "019b76da-a800-7000-8000-000000000001",
                     *       "from": "2026-01-01T00:00:00.000Z",
                     *       "to": "2026-01-05T09:30:00.000Z",
                     *       "cancelled": 0,
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z",
                     *       "finishedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["BulkCancellation"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /**
             * @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one.
             *     - `forbidden`: This call is for administrators only.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"] | components["schemas"]["ForbiddenProblem"];
                };
            };
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `bulk_cancellation_not_found`: The bulk cancellation does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["BulkCancellationNotFoundProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    getOrder: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Returns 304 if the `ETag` of the resource is one of these
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfChanged"];
            };
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000031
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The order */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "orderId": "019b76da-a800-7000-8000-000000000031",
                     *       "id": "019b76da-a800-7000-8000-000000000031",
                     *       "userId": "019b76da-a800-7000-8000-000000000001",
                     *       "number": "7KQ4-XM2P",
                     *       "status": "pending",
                     *       "products": [
                     *         {
                     *           "productId": "019b76da-a800-7000-8000-000000000101",
                     *           "sku": "COF-HOUSE-250",
                     *           "name": "House blend",
                     *           "unitPrice": 9,
                     *           "quantity": 2,
                     *           "lineTotal": 9
                     *         }
                     *       ],
                     *       "totalPrice": 9,
                     *       "currency": "USD",
                     *       "shippingAddress": {
                     *         "name": null,
                     *         "line1": "12 Rose Lane",
                     *         "line2": null,
                     *         "city": "Dublin",
                     *         "region": null,
                     *         "postalCode": "D02 X285",
                     *         "country": "IE",
                     *         "phone": null
                     *       },
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["OrderDetails"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description - `insufficient_scope`: The API key does not have the scope that this call requires. Create a key with that scope. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InsufficientScopeProblem"];
                };
            };
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `order_not_found`: No order has this id, or you are not allowed to see it.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["OrderNotFoundProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    changeOrderStatus: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Changes the resource only if its `ETag` is one of these, or `*`; 412 otherwise
                 * @example *
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
                /**
                 * @description Changes the resource only if its `ETag` is none of these; 412 otherwise
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000031
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "status": "cancelled"
                 *     }
                 */
                "application/json": components["schemas"]["OrderUpdate"];
                /**
                 * @example {
                 *       "status": "cancelled"
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["OrderUpdate"];
            };
        };
        responses: {
            /** @description The order after the change */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "orderId": "019b76da-a800-7000-8000-000000000031",
                     *       "id": "019b76da-a800-7000-8000-000000000031",
                     *       "userId": "019b76da-a800-7000-8000-000000000001",
                     *       "number": "7KQ4-XM2P",
                     *       "status": "cancelled",
                     *       "products": [
                     *         {
                     *           "productId": "019b76da-a800-7000-8000-000000000101",
                     *           "sku": "COF-HOUSE-250",
                     *           "name": "House blend",
                     *           "unitPrice": 9,
                     *           "quantity": 2,
                     *           "lineTotal": 9
                     *         }
                     *       ],
                     *       "totalPrice": 9,
                     *       "currency": "USD",
                     *       "shippingAddress": {
                     *         "name": null,
                     *         "line1": "12 Rose Lane",
                     *         "line2": null,
                     *         "city": "Dublin",
                     *         "region": null,
                     *         "postalCode": "D02 X285",
                     *         "country": "IE",
                     *         "phone": null
                     *       },
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Order"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /**
             * @description - `insufficient_scope`: The API key does not have the scope that this call requires. Create a key with that scope.
             *     - `only_cancelling_allowed`: Customers can only cancel their orders. Other changes of status are for administrators.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InsufficientScopeProblem"] | components["schemas"]["OnlyCancellingAllowedProblem"];
                };
            };
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `order_not_found`: No order has this id, or you are not allowed to see it.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["OrderNotFoundProblem"];
                };
            };
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `illegal_transition`: The order cannot change from its current status to the requested one.
             *     - `customer_erased`: The customer has been erased, so the order is being cancelled and cannot be changed.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["IllegalTransitionProblem"] | components["schemas"]["CustomerErasedProblem"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            /** @description - `unsupported_media_type`: The body must be of a media type that the operation documents, mostly application/json, in UTF-8 and uncompressed. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UnsupportedMediaTypeProblem"];
                };
            };
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    placeOrderShort: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to retry: for 24 hours the same key returns the stored reply and nothing is executed twice. 1 to 255 characters, such as a UUID */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "shippingAddress": {
                 *         "line1": "12 Rose Lane",
                 *         "city": "Dublin",
                 *         "postalCode": "D02 X285",
                 *         "country": "IE"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["OrderCreate"];
            };
        };
        responses: {
            /** @description The order, with the status `pending` */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "orderId": "019b76da-a800-7000-8000-000000000031",
                     *       "id": "019b76da-a800-7000-8000-000000000031",
                     *       "userId": "019b76da-a800-7000-8000-000000000001",
                     *       "number": "7KQ4-XM2P",
                     *       "status": "pending",
                     *       "products": [
                     *         {
                     *           "productId": "019b76da-a800-7000-8000-000000000101",
                     *           "sku": "COF-HOUSE-250",
                     *           "name": "House blend",
                     *           "unitPrice": 9,
                     *           "quantity": 2,
                     *           "lineTotal": 9
                     *         }
                     *       ],
                     *       "totalPrice": 9,
                     *       "currency": "USD",
                     *       "shippingAddress": {
                     *         "name": null,
                     *         "line1": "12 Rose Lane",
                     *         "line2": null,
                     *         "city": "Dublin",
                     *         "region": null,
                     *         "postalCode": "D02 X285",
                     *         "country": "IE",
                     *         "phone": null
                     *       },
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Order"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             *     - `invalid_idempotency_key`: The Idempotency-Key must be 1 to 255 visible ASCII characters, bare or as a quoted string.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"] | components["schemas"]["InvalidIdempotencyKeyProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /**
             * @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one.
             *     - `account_disabled`: The account is disabled.
             *     - `email_not_verified`: Verify your e-mail address before you order.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"] | components["schemas"]["AccountDisabledProblem"] | components["schemas"]["EmailNotVerifiedProblem"];
                };
            };
            /** @description - `customer_not_found`: The customer does not exist. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["CustomerNotFoundProblem"];
                };
            };
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `request_in_progress`: A request with this Idempotency-Key is still running. Try again in a moment.
             *     - `cart_empty`: The cart is empty. Add a product before you order.
             *     - `total_changed`: The total of the order differs from expectedTotal. Show the cart again before you order.
             *     - `too_many_pending_orders`: You already have the maximum number of pending orders. Cancel one, or wait until one is confirmed.
             *     - `out_of_stock`: The stock is too low for some lines; `lines` names them.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["RequestInProgressProblem"] | components["schemas"]["CartEmptyProblem"] | components["schemas"]["TotalChangedProblem"] | components["schemas"]["TooManyPendingOrdersProblem"] | components["schemas"]["OutOfStockProblem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description - `invalid_body`: One or more fields of the body are invalid; errors lists them.
             *     - `idempotency_key_reused`: This Idempotency-Key was already used for a different request. Use a new key.
             *     - `unknown_address`: No address in the address book has this id.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidBodyProblem"] | components["schemas"]["IdempotencyKeyReusedProblem"] | components["schemas"]["UnknownAddressProblem"];
                };
            };
            /**
             * @description - `rate_limited`: Too many requests. Try again after the number of seconds in Retry-After.
             *     - `idempotency_quota_exceeded`: The replies stored under your Idempotency-Keys of the last 24 hours have reached your quota. Nothing was done. Retry later, or send the request without a key.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RateLimitedProblem"] | components["schemas"]["IdempotencyQuotaExceededProblem"];
                };
            };
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `placement_expired`: The order could not be placed in time. Nothing was ordered, and the cart is as it was. Try again.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             *     - `outcome_unknown`: The connection broke while the change was being committed. Check whether it happened before you retry.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["PlacementExpiredProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"] | components["schemas"]["OutcomeUnknownProblem"];
                };
            };
        };
    };
    getOrderShort: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Returns 304 if the `ETag` of the resource is one of these
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfChanged"];
            };
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000031
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The order */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "orderId": "019b76da-a800-7000-8000-000000000031",
                     *       "id": "019b76da-a800-7000-8000-000000000031",
                     *       "userId": "019b76da-a800-7000-8000-000000000001",
                     *       "number": "7KQ4-XM2P",
                     *       "status": "pending",
                     *       "products": [
                     *         {
                     *           "productId": "019b76da-a800-7000-8000-000000000101",
                     *           "sku": "COF-HOUSE-250",
                     *           "name": "House blend",
                     *           "unitPrice": 9,
                     *           "quantity": 2,
                     *           "lineTotal": 9
                     *         }
                     *       ],
                     *       "totalPrice": 9,
                     *       "currency": "USD",
                     *       "shippingAddress": {
                     *         "name": null,
                     *         "line1": "12 Rose Lane",
                     *         "line2": null,
                     *         "city": "Dublin",
                     *         "region": null,
                     *         "postalCode": "D02 X285",
                     *         "country": "IE",
                     *         "phone": null
                     *       },
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["OrderDetails"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description - `insufficient_scope`: The API key does not have the scope that this call requires. Create a key with that scope. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InsufficientScopeProblem"];
                };
            };
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `order_not_found`: No order has this id, or you are not allowed to see it.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["OrderNotFoundProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    listWebhooks: {
        parameters: {
            query?: {
                /**
                 * @description Maximum number of items on the page
                 * @example 20
                 */
                limit?: components["parameters"]["Limit"];
                /** @description `nextCursor` of the previous page; valid only with the same sort and filters */
                after?: components["parameters"]["After"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of a list */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "019b76da-a800-7000-8000-000000000061",
                     *           "url": "https://warehouse.example/webhooks/portico",
                     *           "description": "Warehouse",
                     *           "eventTypes": [
                     *             "order.placed",
                     *             "order.cancelled"
                     *           ],
                     *           "enabled": true,
                     *           "disabledReason": null,
                     *           "failingSince": null,
                     *           "previousSecretEndsAt": null,
                     *           "createdAt": "2026-01-05T09:30:00.000Z",
                     *           "updatedAt": "2026-01-05T09:30:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookEndpointPage"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `invalid_cursor`: The cursor does not belong to this list with this sort and these filters. Start again without after.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidCursorProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    createWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "url": "https://warehouse.example/webhooks/portico",
                 *       "description": "Warehouse",
                 *       "eventTypes": [
                 *         "order.placed",
                 *         "order.cancelled"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["WebhookEndpointCreate"];
            };
        };
        responses: {
            /** @description A webhook endpoint with its secret */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000061",
                     *       "url": "https://warehouse.example/webhooks/portico",
                     *       "description": "Warehouse",
                     *       "eventTypes": [
                     *         "order.placed",
                     *         "order.cancelled"
                     *       ],
                     *       "enabled": true,
                     *       "disabledReason": null,
                     *       "failingSince": null,
                     *       "previousSecretEndsAt": null,
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z",
                     *       "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfZBTF7Nv8="
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookEndpointWithSecret"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `webhook_limit_reached`: The shop already has the maximum of 16 webhook endpoints.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["WebhookLimitReachedProblem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description - `invalid_body`: One or more fields of the body are invalid; errors lists them.
             *     - `webhook_target_refused`: The URL cannot be a target: it must be https, without user, password, fragment and port 0, and its host must be a public address, or a name that DNS can hold, and not localhost.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidBodyProblem"] | components["schemas"]["WebhookTargetRefusedProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000061
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A URL of another program that is sent events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000061",
                     *       "url": "https://warehouse.example/webhooks/portico",
                     *       "description": "Warehouse",
                     *       "eventTypes": [
                     *         "order.placed",
                     *         "order.cancelled"
                     *       ],
                     *       "enabled": true,
                     *       "disabledReason": null,
                     *       "failingSince": null,
                     *       "previousSecretEndsAt": null,
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookEndpoint"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `webhook_not_found`: The webhook endpoint does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["WebhookNotFoundProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    deleteWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000061
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `webhook_not_found`: The webhook endpoint does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["WebhookNotFoundProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    changeWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000061
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "url": "https://warehouse.example/webhooks/portico",
                 *       "description": "Warehouse",
                 *       "eventTypes": [
                 *         "order.placed",
                 *         "order.cancelled"
                 *       ],
                 *       "enabled": true
                 *     }
                 */
                "application/json": components["schemas"]["WebhookEndpointUpdate"];
                /**
                 * @example {
                 *       "url": "https://warehouse.example/webhooks/portico",
                 *       "description": "Warehouse",
                 *       "eventTypes": [
                 *         "order.placed",
                 *         "order.cancelled"
                 *       ],
                 *       "enabled": true
                 *     }
                 */
                "application/merge-patch+json": components["schemas"]["WebhookEndpointUpdate"];
            };
        };
        responses: {
            /** @description A URL of another program that is sent events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000061",
                     *       "url": "https://warehouse.example/webhooks/portico",
                     *       "description": "Warehouse",
                     *       "eventTypes": [
                     *         "order.placed",
                     *         "order.cancelled"
                     *       ],
                     *       "enabled": true,
                     *       "disabledReason": null,
                     *       "failingSince": null,
                     *       "previousSecretEndsAt": null,
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookEndpoint"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `webhook_not_found`: The webhook endpoint does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["WebhookNotFoundProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            /** @description - `unsupported_media_type`: The body must be of a media type that the operation documents, mostly application/json, in UTF-8 and uncompressed. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UnsupportedMediaTypeProblem"];
                };
            };
            /**
             * @description - `invalid_body`: One or more fields of the body are invalid; errors lists them.
             *     - `webhook_target_refused`: The URL cannot be a target: it must be https, without user, password, fragment and port 0, and its host must be a public address, or a name that DNS can hold, and not localhost.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidBodyProblem"] | components["schemas"]["WebhookTargetRefusedProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    rotateWebhookSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000061
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "endFormerSecrets": false
                 *     }
                 */
                "application/json": components["schemas"]["WebhookSecretRotation"];
            };
        };
        responses: {
            /** @description A webhook endpoint with its secret */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000061",
                     *       "url": "https://warehouse.example/webhooks/portico",
                     *       "description": "Warehouse",
                     *       "eventTypes": [
                     *         "order.placed",
                     *         "order.cancelled"
                     *       ],
                     *       "enabled": true,
                     *       "disabledReason": null,
                     *       "failingSince": null,
                     *       "previousSecretEndsAt": null,
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "updatedAt": "2026-01-05T09:30:00.000Z",
                     *       "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfZBTF7Nv8="
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookEndpointWithSecret"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `webhook_not_found`: The webhook endpoint does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["WebhookNotFoundProblem"];
                };
            };
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `webhook_rotation_limit_reached`: Messages are already signed with 4 former secrets: wait until one ends, or end them with endFormerSecrets.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["WebhookRotationLimitReachedProblem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    pingWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to retry: for 24 hours the same key returns the stored reply and nothing is executed twice. 1 to 255 characters, such as a UUID */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000061
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The ping will be sent */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `invalid_idempotency_key`: The Idempotency-Key must be 1 to 255 visible ASCII characters, bare or as a quoted string.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidIdempotencyKeyProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `webhook_not_found`: The webhook endpoint does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["WebhookNotFoundProblem"];
                };
            };
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `request_in_progress`: A request with this Idempotency-Key is still running. Try again in a moment.
             *     - `webhook_disabled`: The webhook endpoint is disabled: enable it first.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["RequestInProgressProblem"] | components["schemas"]["WebhookDisabledProblem"];
                };
            };
            /** @description - `idempotency_key_reused`: This Idempotency-Key was already used for a different request. Use a new key. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IdempotencyKeyReusedProblem"];
                };
            };
            /**
             * @description - `rate_limited`: Too many requests. Try again after the number of seconds in Retry-After.
             *     - `idempotency_quota_exceeded`: The replies stored under your Idempotency-Keys of the last 24 hours have reached your quota. Nothing was done. Retry later, or send the request without a key.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RateLimitedProblem"] | components["schemas"]["IdempotencyQuotaExceededProblem"];
                };
            };
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listWebhookEventTypes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The types of events that endpoints can be sent */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "type": "order.placed",
                     *           "description": "A customer has placed an order: it is pending."
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookEventTypes"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    listWebhookDeliveries: {
        parameters: {
            query?: {
                /** @description Only attempts to send this event */
                eventId?: string;
                /**
                 * @description Only attempts with this outcome
                 * @example failed
                 */
                outcome?: components["schemas"]["WebhookOutcome"];
                /**
                 * @description Only attempts at this time or later
                 * @example 2026-01-01T00:00:00Z
                 */
                from?: string;
                /**
                 * @description Only attempts before this time
                 * @example 2099-12-31T23:59:59Z
                 */
                to?: string;
                /**
                 * @description Maximum number of items on the page
                 * @example 20
                 */
                limit?: components["parameters"]["Limit"];
                /** @description `nextCursor` of the previous page; valid only with the same sort and filters */
                after?: components["parameters"]["After"];
            };
            header?: never;
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000061
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of a list */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "019b76da-a800-7000-8000-000000000063",
                     *           "eventId": "019b76da-a800-7000-8000-000000000062",
                     *           "eventType": "order.placed",
                     *           "payload": "{\"id\":\"019b76da-a800-7000-8000-000000000062\",\"type\":\"order.placed\",\"payloadVersion\":1,\"timestamp\":\"2026-01-05T09:30:00.000Z\",\"data\":{\"orderId\":\"019b76da-a800-7000-8000-000000000031\",\"version\":1,\"status\":\"pending\",\"customerId\":\"019b76da-a800-7000-8000-000000000001\"}}",
                     *           "number": 1,
                     *           "outcome": "delivered",
                     *           "status": 200,
                     *           "response": "ok",
                     *           "error": null,
                     *           "durationMs": 84,
                     *           "at": "2026-01-05T09:30:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookDeliveryPage"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `invalid_cursor`: The cursor does not belong to this list with this sort and these filters. Start again without after.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidCursorProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `webhook_not_found`: The webhook endpoint does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["WebhookNotFoundProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    redeliverWebhookEvent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to retry: for 24 hours the same key returns the stored reply and nothing is executed twice. 1 to 255 characters, such as a UUID */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /**
                 * @description Id of the endpoint
                 * @example 019b76da-a800-7000-8000-000000000061
                 */
                id: string;
                /**
                 * @description Id of the event
                 * @example 019b76da-a800-7000-8000-000000000062
                 */
                eventId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The event will be sent again */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `invalid_idempotency_key`: The Idempotency-Key must be 1 to 255 visible ASCII characters, bare or as a quoted string.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidIdempotencyKeyProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `webhook_not_found`: The webhook endpoint does not exist.
             *     - `webhook_event_not_found`: No attempt to send this event to the endpoint is in the log.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["WebhookNotFoundProblem"] | components["schemas"]["WebhookEventNotFoundProblem"];
                };
            };
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `request_in_progress`: A request with this Idempotency-Key is still running. Try again in a moment.
             *     - `webhook_disabled`: The webhook endpoint is disabled: enable it first.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["RequestInProgressProblem"] | components["schemas"]["WebhookDisabledProblem"];
                };
            };
            /** @description - `idempotency_key_reused`: This Idempotency-Key was already used for a different request. Use a new key. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["IdempotencyKeyReusedProblem"];
                };
            };
            /**
             * @description - `rate_limited`: Too many requests. Try again after the number of seconds in Retry-After.
             *     - `idempotency_quota_exceeded`: The replies stored under your Idempotency-Keys of the last 24 hours have reached your quota. Nothing was done. Retry later, or send the request without a key.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RateLimitedProblem"] | components["schemas"]["IdempotencyQuotaExceededProblem"];
                };
            };
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    redeliverWebhookEvents: {
        parameters: {
            query?: {
                /** @description `nextCursor` of the previous part of the same range */
                cursor?: string;
            };
            header?: {
                /** @description Makes the request safe to retry: for 24 hours the same key returns the stored reply and nothing is executed twice. 1 to 255 characters, such as a UUID */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000061
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "from": "2026-01-01T00:00:00Z",
                 *       "to": "2099-12-31T23:59:59Z",
                 *       "outcome": "dead_lettered"
                 *     }
                 */
                "application/json": components["schemas"]["WebhookRedeliveryCreate"];
            };
        };
        responses: {
            /** @description What part of a range is sent again */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "redelivered": 0,
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookRedelivery"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             *     - `invalid_idempotency_key`: The Idempotency-Key must be 1 to 255 visible ASCII characters, bare or as a quoted string.
             *     - `invalid_cursor`: The cursor does not belong to this list with this sort and these filters. Start again without after.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"] | components["schemas"]["InvalidIdempotencyKeyProblem"] | components["schemas"]["InvalidCursorProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `webhook_not_found`: The webhook endpoint does not exist.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["WebhookNotFoundProblem"];
                };
            };
            /**
             * @description - `stale_write`: The resource was changed by another request in the meantime. Read it again and retry.
             *     - `request_in_progress`: A request with this Idempotency-Key is still running. Try again in a moment.
             *     - `webhook_disabled`: The webhook endpoint is disabled: enable it first.
             */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StaleWriteProblem"] | components["schemas"]["RequestInProgressProblem"] | components["schemas"]["WebhookDisabledProblem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description - `invalid_body`: One or more fields of the body are invalid; errors lists them.
             *     - `idempotency_key_reused`: This Idempotency-Key was already used for a different request. Use a new key.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidBodyProblem"] | components["schemas"]["IdempotencyKeyReusedProblem"];
                };
            };
            /**
             * @description - `rate_limited`: Too many requests. Try again after the number of seconds in Retry-After.
             *     - `idempotency_quota_exceeded`: The replies stored under your Idempotency-Keys of the last 24 hours have reached your quota. Nothing was done. Retry later, or send the request without a key.
             */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["RateLimitedProblem"] | components["schemas"]["IdempotencyQuotaExceededProblem"];
                };
            };
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listAuditEntries: {
        parameters: {
            query?: {
                /**
                 * @description Only actions of this user or API key
                 * @example 019b76da-a800-7000-8000-000000000003
                 */
                actor?: string;
                /**
                 * @description Only this action, such as `user.login_failed`
                 * @example product.changed
                 */
                action?: string;
                /**
                 * @description Only actions on the resource with this id
                 * @example 019b76da-a800-7000-8000-000000000101
                 */
                subject?: string;
                /**
                 * @description Only from this time on
                 * @example 2026-01-01T00:00:00Z
                 */
                from?: string;
                /**
                 * @description Only before this time
                 * @example 2099-12-31T23:59:59Z
                 */
                to?: string;
                /**
                 * @description Maximum number of items on the page
                 * @example 20
                 */
                limit?: components["parameters"]["Limit"];
                /** @description `nextCursor` of the previous page; valid only with the same sort and filters */
                after?: components["parameters"]["After"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of a list */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "019b76da-a800-7000-8000-000000000051",
                     *           "at": "2026-01-05T09:30:00.000Z",
                     *           "actorId": "019b76da-a800-7000-8000-000000000003",
                     *           "actorType": "user",
                     *           "action": "product.changed",
                     *           "subjectId": "019b76da-a800-7000-8000-000000000101",
                     *           "addressHash": "5b2c4f9d0e7a6c1384f0d2a9"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["AuditEntryPage"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `invalid_cursor`: The cursor does not belong to this list with this sort and these filters. Start again without after.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidCursorProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /**
             * @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one.
             *     - `forbidden`: This call is for administrators only.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"] | components["schemas"]["ForbiddenProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `search_busy`: Too many searches are running. Try again.
             *     - `search_timed_out`: The search took too long. Try fewer filters or other words.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["SearchBusyProblem"] | components["schemas"]["SearchTimedOutProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description State of the process */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ok"
                     *     }
                     */
                    "application/json": components["schemas"]["Status"];
                };
            };
            400: components["responses"]["BadRequest"];
            500: components["responses"]["InternalServerError"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description State of the process */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ok"
                     *     }
                     */
                    "application/json": components["schemas"]["Status"];
                };
            };
            400: components["responses"]["BadRequest"];
            500: components["responses"]["InternalServerError"];
            /** @description - `not_ready`: The shop cannot serve requests at the moment. Try again later. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example # TYPE searches_running gauge
                     *     searches_running 0
                     */
                    "text/plain": string;
                };
            };
            400: components["responses"]["BadRequest"];
            500: components["responses"]["InternalServerError"];
        };
    };
    listApiKeys: {
        parameters: {
            query?: {
                /**
                 * @description Maximum number of items on the page
                 * @example 20
                 */
                limit?: components["parameters"]["Limit"];
                /** @description `nextCursor` of the previous page; valid only with the same sort and filters */
                after?: components["parameters"]["After"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of a list */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "019b76da-a800-7000-8000-000000000061",
                     *           "name": "Warehouse",
                     *           "prefix": "pk_249qPI",
                     *           "scopes": [
                     *             "catalog:write",
                     *             "orders:read",
                     *             "orders:write"
                     *           ],
                     *           "createdBy": "019b76da-a800-7000-8000-000000000003",
                     *           "createdAt": "2026-01-05T09:30:00.000Z",
                     *           "expiresAt": "2099-12-31T23:59:59.000Z",
                     *           "lastUsedAt": "2026-01-05T09:30:00.000Z",
                     *           "revokedAt": null
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["ApiKeyPage"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `invalid_cursor`: The cursor does not belong to this list with this sort and these filters. Start again without after.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidCursorProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /**
             * @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one.
             *     - `forbidden`: This call is for administrators only.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"] | components["schemas"]["ForbiddenProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    createApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Warehouse",
                 *       "scopes": [
                 *         "catalog:write",
                 *         "orders:read",
                 *         "orders:write"
                 *       ],
                 *       "expiresAt": "2099-12-31T23:59:59.000Z"
                 *     }
                 */
                "application/json": components["schemas"]["ApiKeyCreate"];
            };
        };
        responses: {
            /** @description An API key that has just been created, with its secret */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000061",
                     *       "name": "Warehouse",
                     *       "prefix": "pk_249qPI",
                     *       "scopes": [
                     *         "catalog:write",
                     *         "orders:read",
                     *         "orders:write"
                     *       ],
                     *       "createdBy": "019b76da-a800-7000-8000-000000000003",
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "expiresAt": "2099-12-31T23:59:59.000Z",
                     *       "lastUsedAt": "2026-01-05T09:30:00.000Z",
                     *       "revokedAt": null,
                     *       "secret": "pk_249qPIKIgwil2lG4wPtLgTedqkOXSdFYxrSjuM9z4601ashj0"
                     *     }
                     */
                    "application/json": components["schemas"]["CreatedApiKey"];
                };
            };
            /**
             * @description - `malformed_request`: The request target cannot be decoded.
             *     - `invalid_query`: One or more query parameters are invalid; errors lists them.
             *     - `malformed_json`: The body is not a JSON object.
             */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedRequestProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["MalformedJsonProblem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /**
             * @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one.
             *     - `forbidden`: This call is for administrators only.
             *     - `recent_login_required`: This call requires a log-in within the last ten minutes. Log in again and repeat the request with the new access token.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"] | components["schemas"]["ForbiddenProblem"] | components["schemas"]["RecentLoginRequiredProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description - `invalid_body`: One or more fields of the body are invalid; errors lists them.
             *     - `expiry_in_past`: The expiry of the API key must be in the future.
             */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InvalidBodyProblem"] | components["schemas"]["ExpiryInPastProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000061
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An API key of the shop, without its secret */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "019b76da-a800-7000-8000-000000000061",
                     *       "name": "Warehouse",
                     *       "prefix": "pk_249qPI",
                     *       "scopes": [
                     *         "catalog:write",
                     *         "orders:read",
                     *         "orders:write"
                     *       ],
                     *       "createdBy": "019b76da-a800-7000-8000-000000000003",
                     *       "createdAt": "2026-01-05T09:30:00.000Z",
                     *       "expiresAt": "2099-12-31T23:59:59.000Z",
                     *       "lastUsedAt": "2026-01-05T09:30:00.000Z",
                     *       "revokedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /**
             * @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one.
             *     - `forbidden`: This call is for administrators only.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"] | components["schemas"]["ForbiddenProblem"];
                };
            };
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `api_key_not_found`: No API key of the shop has this id.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["ApiKeyNotFoundProblem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    revokeApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Id of the resource
                 * @example 019b76da-a800-7000-8000-000000000061
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /**
             * @description - `user_required`: No API key may make this call: it requires the access token of a user. Log in to get one.
             *     - `forbidden`: This call is for administrators only.
             */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["UserRequiredProblem"] | components["schemas"]["ForbiddenProblem"];
                };
            };
            /**
             * @description - `not_found`: No resource has this path. The documentation at /docs lists the paths.
             *     - `api_key_not_found`: No API key of the shop has this id.
             */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["ApiKeyNotFoundProblem"];
                };
            };
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getHome: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Where to begin */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "Portico",
                     *       "version": "0.1.0",
                     *       "links": {
                     *         "documentation": "/docs",
                     *         "openapi": "/openapi.json",
                     *         "openapiYaml": "/openapi.yaml",
                     *         "products": "/products",
                     *         "liveness": "/livez",
                     *         "readiness": "/readyz"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Home"];
                    /** @example <!doctype html> */
                    "text/html": string;
                };
            };
            400: components["responses"]["BadRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    getOpenApiJson: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Returns 304 if the `ETag` of the resource is one of these
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfChanged"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "openapi": "3.1.0",
                     *       "info": {
                     *         "title": "Portico"
                     *       }
                     *     }
                     */
                    "application/json": Record<string, never>;
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    getOpenApiYaml: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Returns 304 if the `ETag` of the resource is one of these
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfChanged"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example openapi: 3.1.0 */
                    "application/yaml": string;
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    getDocs: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Returns 304 if the `ETag` of the resource is one of these
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfChanged"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example <!doctype html> */
                    "text/html": string;
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    getDocsAsset: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Returns 304 if the `ETag` of the resource is one of these
                 * @example "0"
                 */
                "If-None-Match"?: components["parameters"]["IfChanged"];
            };
            path: {
                /**
                 * @description Name of the file
                 * @example swagger-ui.min.css
                 */
                file: "swagger-ui.min.css" | "swagger-ui-bundle.js" | "swagger-ui-standalone-preset.js" | "portico.css" | "portico-docs.css" | "portico-docs.js" | "portico.svg";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example html { box-sizing: border-box } */
                    "text/css": string;
                    /** @example html { box-sizing: border-box } */
                    "text/javascript": string;
                    /** @example html { box-sizing: border-box } */
                    "image/svg+xml": string;
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /**
             * @description - `not_ready`: The shop cannot serve requests at the moment. Try again later.
             *     - `shutting_down`: The shop is shutting down.
             *     - `overloaded`: The shop has more requests than it can process at the moment. Try again after the number of seconds in Retry-After.
             *     - `service_unavailable`: A part of the shop cannot be reached at the moment. Try again later.
             *     - `busy`: Too many requests are changing the same data. Try again.
             *     - `database_unavailable`: The database cannot be reached.
             */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotReadyProblem"] | components["schemas"]["ShuttingDownProblem"] | components["schemas"]["OverloadedProblem"] | components["schemas"]["ServiceUnavailableProblem"] | components["schemas"]["BusyProblem"] | components["schemas"]["DatabaseUnavailableProblem"];
                };
            };
        };
    };
    onOrderPlaced: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Id of the event, the same in all attempts: act once on each
                 * @example 019b76da-a800-7000-8000-000000000062
                 */
                "webhook-id": string;
                /**
                 * @description Time of the attempt, in seconds since 1970: refuse what is older than five minutes
                 * @example 1767605400
                 */
                "webhook-timestamp": string;
                /**
                 * @description Signatures by Standard Webhooks, separated by spaces; one of them has to match
                 * @example v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
                 */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "019b76da-a800-7000-8000-000000000062",
                 *       "type": "order.placed",
                 *       "payloadVersion": 1,
                 *       "timestamp": "2026-01-05T09:30:00.000Z",
                 *       "data": {
                 *         "orderId": "019b76da-a800-7000-8000-000000000031",
                 *         "version": 1,
                 *         "status": "pending",
                 *         "customerId": "019b76da-a800-7000-8000-000000000001"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["WebhookOrderPlaced"];
            };
        };
        responses: {
            /** @description Received; so is any other status of 200 to 299 */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The receiver wants nothing any more: the endpoint is disabled */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Too fast: attempted again, not before the time in `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Attempted again later, like any other status; redirects are not followed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onOrderConfirmed: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Id of the event, the same in all attempts: act once on each
                 * @example 019b76da-a800-7000-8000-000000000062
                 */
                "webhook-id": string;
                /**
                 * @description Time of the attempt, in seconds since 1970: refuse what is older than five minutes
                 * @example 1767605400
                 */
                "webhook-timestamp": string;
                /**
                 * @description Signatures by Standard Webhooks, separated by spaces; one of them has to match
                 * @example v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
                 */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "019b76da-a800-7000-8000-000000000062",
                 *       "type": "order.confirmed",
                 *       "payloadVersion": 1,
                 *       "timestamp": "2026-01-05T09:30:00.000Z",
                 *       "data": {
                 *         "orderId": "019b76da-a800-7000-8000-000000000031",
                 *         "version": 1,
                 *         "status": "confirmed",
                 *         "customerId": "019b76da-a800-7000-8000-000000000001"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["WebhookOrderConfirmed"];
            };
        };
        responses: {
            /** @description Received; so is any other status of 200 to 299 */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The receiver wants nothing any more: the endpoint is disabled */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Too fast: attempted again, not before the time in `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Attempted again later, like any other status; redirects are not followed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onOrderShipped: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Id of the event, the same in all attempts: act once on each
                 * @example 019b76da-a800-7000-8000-000000000062
                 */
                "webhook-id": string;
                /**
                 * @description Time of the attempt, in seconds since 1970: refuse what is older than five minutes
                 * @example 1767605400
                 */
                "webhook-timestamp": string;
                /**
                 * @description Signatures by Standard Webhooks, separated by spaces; one of them has to match
                 * @example v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
                 */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "019b76da-a800-7000-8000-000000000062",
                 *       "type": "order.shipped",
                 *       "payloadVersion": 1,
                 *       "timestamp": "2026-01-05T09:30:00.000Z",
                 *       "data": {
                 *         "orderId": "019b76da-a800-7000-8000-000000000031",
                 *         "version": 1,
                 *         "status": "shipped",
                 *         "customerId": "019b76da-a800-7000-8000-000000000001"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["WebhookOrderShipped"];
            };
        };
        responses: {
            /** @description Received; so is any other status of 200 to 299 */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The receiver wants nothing any more: the endpoint is disabled */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Too fast: attempted again, not before the time in `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Attempted again later, like any other status; redirects are not followed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onOrderDelivered: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Id of the event, the same in all attempts: act once on each
                 * @example 019b76da-a800-7000-8000-000000000062
                 */
                "webhook-id": string;
                /**
                 * @description Time of the attempt, in seconds since 1970: refuse what is older than five minutes
                 * @example 1767605400
                 */
                "webhook-timestamp": string;
                /**
                 * @description Signatures by Standard Webhooks, separated by spaces; one of them has to match
                 * @example v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
                 */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "019b76da-a800-7000-8000-000000000062",
                 *       "type": "order.delivered",
                 *       "payloadVersion": 1,
                 *       "timestamp": "2026-01-05T09:30:00.000Z",
                 *       "data": {
                 *         "orderId": "019b76da-a800-7000-8000-000000000031",
                 *         "version": 1,
                 *         "status": "delivered",
                 *         "customerId": "019b76da-a800-7000-8000-000000000001"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["WebhookOrderDelivered"];
            };
        };
        responses: {
            /** @description Received; so is any other status of 200 to 299 */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The receiver wants nothing any more: the endpoint is disabled */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Too fast: attempted again, not before the time in `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Attempted again later, like any other status; redirects are not followed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onOrderCancelled: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Id of the event, the same in all attempts: act once on each
                 * @example 019b76da-a800-7000-8000-000000000062
                 */
                "webhook-id": string;
                /**
                 * @description Time of the attempt, in seconds since 1970: refuse what is older than five minutes
                 * @example 1767605400
                 */
                "webhook-timestamp": string;
                /**
                 * @description Signatures by Standard Webhooks, separated by spaces; one of them has to match
                 * @example v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
                 */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "019b76da-a800-7000-8000-000000000062",
                 *       "type": "order.cancelled",
                 *       "payloadVersion": 1,
                 *       "timestamp": "2026-01-05T09:30:00.000Z",
                 *       "data": {
                 *         "orderId": "019b76da-a800-7000-8000-000000000031",
                 *         "version": 1,
                 *         "status": "cancelled",
                 *         "customerId": "019b76da-a800-7000-8000-000000000001"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["WebhookOrderCancelled"];
            };
        };
        responses: {
            /** @description Received; so is any other status of 200 to 299 */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The receiver wants nothing any more: the endpoint is disabled */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Too fast: attempted again, not before the time in `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Attempted again later, like any other status; redirects are not followed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onProductCreated: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Id of the event, the same in all attempts: act once on each
                 * @example 019b76da-a800-7000-8000-000000000062
                 */
                "webhook-id": string;
                /**
                 * @description Time of the attempt, in seconds since 1970: refuse what is older than five minutes
                 * @example 1767605400
                 */
                "webhook-timestamp": string;
                /**
                 * @description Signatures by Standard Webhooks, separated by spaces; one of them has to match
                 * @example v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
                 */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "019b76da-a800-7000-8000-000000000062",
                 *       "type": "product.created",
                 *       "payloadVersion": 1,
                 *       "timestamp": "2026-01-05T09:30:00.000Z",
                 *       "data": {
                 *         "productId": "019b76da-a800-7000-8000-000000000101",
                 *         "version": 1
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["WebhookProductCreated"];
            };
        };
        responses: {
            /** @description Received; so is any other status of 200 to 299 */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The receiver wants nothing any more: the endpoint is disabled */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Too fast: attempted again, not before the time in `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Attempted again later, like any other status; redirects are not followed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onProductUpdated: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Id of the event, the same in all attempts: act once on each
                 * @example 019b76da-a800-7000-8000-000000000062
                 */
                "webhook-id": string;
                /**
                 * @description Time of the attempt, in seconds since 1970: refuse what is older than five minutes
                 * @example 1767605400
                 */
                "webhook-timestamp": string;
                /**
                 * @description Signatures by Standard Webhooks, separated by spaces; one of them has to match
                 * @example v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
                 */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "019b76da-a800-7000-8000-000000000062",
                 *       "type": "product.updated",
                 *       "payloadVersion": 1,
                 *       "timestamp": "2026-01-05T09:30:00.000Z",
                 *       "data": {
                 *         "productId": "019b76da-a800-7000-8000-000000000101",
                 *         "version": 1
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["WebhookProductUpdated"];
            };
        };
        responses: {
            /** @description Received; so is any other status of 200 to 299 */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The receiver wants nothing any more: the endpoint is disabled */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Too fast: attempted again, not before the time in `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Attempted again later, like any other status; redirects are not followed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onProductDeleted: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Id of the event, the same in all attempts: act once on each
                 * @example 019b76da-a800-7000-8000-000000000062
                 */
                "webhook-id": string;
                /**
                 * @description Time of the attempt, in seconds since 1970: refuse what is older than five minutes
                 * @example 1767605400
                 */
                "webhook-timestamp": string;
                /**
                 * @description Signatures by Standard Webhooks, separated by spaces; one of them has to match
                 * @example v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
                 */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "019b76da-a800-7000-8000-000000000062",
                 *       "type": "product.deleted",
                 *       "payloadVersion": 1,
                 *       "timestamp": "2026-01-05T09:30:00.000Z",
                 *       "data": {
                 *         "productId": "019b76da-a800-7000-8000-000000000101",
                 *         "version": 1
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["WebhookProductDeleted"];
            };
        };
        responses: {
            /** @description Received; so is any other status of 200 to 299 */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The receiver wants nothing any more: the endpoint is disabled */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Too fast: attempted again, not before the time in `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Attempted again later, like any other status; redirects are not followed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onCategoryCreated: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Id of the event, the same in all attempts: act once on each
                 * @example 019b76da-a800-7000-8000-000000000062
                 */
                "webhook-id": string;
                /**
                 * @description Time of the attempt, in seconds since 1970: refuse what is older than five minutes
                 * @example 1767605400
                 */
                "webhook-timestamp": string;
                /**
                 * @description Signatures by Standard Webhooks, separated by spaces; one of them has to match
                 * @example v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
                 */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "019b76da-a800-7000-8000-000000000062",
                 *       "type": "category.created",
                 *       "payloadVersion": 1,
                 *       "timestamp": "2026-01-05T09:30:00.000Z",
                 *       "data": {
                 *         "categoryId": "019b76da-a800-7000-8000-000000000100",
                 *         "version": 1
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["WebhookCategoryCreated"];
            };
        };
        responses: {
            /** @description Received; so is any other status of 200 to 299 */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The receiver wants nothing any more: the endpoint is disabled */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Too fast: attempted again, not before the time in `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Attempted again later, like any other status; redirects are not followed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onCategoryUpdated: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Id of the event, the same in all attempts: act once on each
                 * @example 019b76da-a800-7000-8000-000000000062
                 */
                "webhook-id": string;
                /**
                 * @description Time of the attempt, in seconds since 1970: refuse what is older than five minutes
                 * @example 1767605400
                 */
                "webhook-timestamp": string;
                /**
                 * @description Signatures by Standard Webhooks, separated by spaces; one of them has to match
                 * @example v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
                 */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "019b76da-a800-7000-8000-000000000062",
                 *       "type": "category.updated",
                 *       "payloadVersion": 1,
                 *       "timestamp": "2026-01-05T09:30:00.000Z",
                 *       "data": {
                 *         "categoryId": "019b76da-a800-7000-8000-000000000100",
                 *         "version": 1
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["WebhookCategoryUpdated"];
            };
        };
        responses: {
            /** @description Received; so is any other status of 200 to 299 */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The receiver wants nothing any more: the endpoint is disabled */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Too fast: attempted again, not before the time in `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Attempted again later, like any other status; redirects are not followed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onCategoryDeleted: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Id of the event, the same in all attempts: act once on each
                 * @example 019b76da-a800-7000-8000-000000000062
                 */
                "webhook-id": string;
                /**
                 * @description Time of the attempt, in seconds since 1970: refuse what is older than five minutes
                 * @example 1767605400
                 */
                "webhook-timestamp": string;
                /**
                 * @description Signatures by Standard Webhooks, separated by spaces; one of them has to match
                 * @example v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
                 */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "019b76da-a800-7000-8000-000000000062",
                 *       "type": "category.deleted",
                 *       "payloadVersion": 1,
                 *       "timestamp": "2026-01-05T09:30:00.000Z",
                 *       "data": {
                 *         "categoryId": "019b76da-a800-7000-8000-000000000100",
                 *         "version": 1
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["WebhookCategoryDeleted"];
            };
        };
        responses: {
            /** @description Received; so is any other status of 200 to 299 */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The receiver wants nothing any more: the endpoint is disabled */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Too fast: attempted again, not before the time in `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Attempted again later, like any other status; redirects are not followed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onStockDepleted: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Id of the event, the same in all attempts: act once on each
                 * @example 019b76da-a800-7000-8000-000000000062
                 */
                "webhook-id": string;
                /**
                 * @description Time of the attempt, in seconds since 1970: refuse what is older than five minutes
                 * @example 1767605400
                 */
                "webhook-timestamp": string;
                /**
                 * @description Signatures by Standard Webhooks, separated by spaces; one of them has to match
                 * @example v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
                 */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "019b76da-a800-7000-8000-000000000062",
                 *       "type": "stock.depleted",
                 *       "payloadVersion": 1,
                 *       "timestamp": "2026-01-05T09:30:00.000Z",
                 *       "data": {
                 *         "productId": "019b76da-a800-7000-8000-000000000101",
                 *         "version": 1
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["WebhookStockDepleted"];
            };
        };
        responses: {
            /** @description Received; so is any other status of 200 to 299 */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The receiver wants nothing any more: the endpoint is disabled */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Too fast: attempted again, not before the time in `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Attempted again later, like any other status; redirects are not followed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onCustomerCreated: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Id of the event, the same in all attempts: act once on each
                 * @example 019b76da-a800-7000-8000-000000000062
                 */
                "webhook-id": string;
                /**
                 * @description Time of the attempt, in seconds since 1970: refuse what is older than five minutes
                 * @example 1767605400
                 */
                "webhook-timestamp": string;
                /**
                 * @description Signatures by Standard Webhooks, separated by spaces; one of them has to match
                 * @example v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
                 */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "019b76da-a800-7000-8000-000000000062",
                 *       "type": "customer.created",
                 *       "payloadVersion": 1,
                 *       "timestamp": "2026-01-05T09:30:00.000Z",
                 *       "data": {
                 *         "customerId": "019b76da-a800-7000-8000-000000000001",
                 *         "version": 1
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["WebhookCustomerCreated"];
            };
        };
        responses: {
            /** @description Received; so is any other status of 200 to 299 */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The receiver wants nothing any more: the endpoint is disabled */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Too fast: attempted again, not before the time in `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Attempted again later, like any other status; redirects are not followed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onCustomerUpdated: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Id of the event, the same in all attempts: act once on each
                 * @example 019b76da-a800-7000-8000-000000000062
                 */
                "webhook-id": string;
                /**
                 * @description Time of the attempt, in seconds since 1970: refuse what is older than five minutes
                 * @example 1767605400
                 */
                "webhook-timestamp": string;
                /**
                 * @description Signatures by Standard Webhooks, separated by spaces; one of them has to match
                 * @example v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
                 */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "019b76da-a800-7000-8000-000000000062",
                 *       "type": "customer.updated",
                 *       "payloadVersion": 1,
                 *       "timestamp": "2026-01-05T09:30:00.000Z",
                 *       "data": {
                 *         "customerId": "019b76da-a800-7000-8000-000000000001",
                 *         "version": 1
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["WebhookCustomerUpdated"];
            };
        };
        responses: {
            /** @description Received; so is any other status of 200 to 299 */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The receiver wants nothing any more: the endpoint is disabled */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Too fast: attempted again, not before the time in `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Attempted again later, like any other status; redirects are not followed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onCustomerErased: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Id of the event, the same in all attempts: act once on each
                 * @example 019b76da-a800-7000-8000-000000000062
                 */
                "webhook-id": string;
                /**
                 * @description Time of the attempt, in seconds since 1970: refuse what is older than five minutes
                 * @example 1767605400
                 */
                "webhook-timestamp": string;
                /**
                 * @description Signatures by Standard Webhooks, separated by spaces; one of them has to match
                 * @example v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
                 */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "019b76da-a800-7000-8000-000000000062",
                 *       "type": "customer.erased",
                 *       "payloadVersion": 1,
                 *       "timestamp": "2026-01-05T09:30:00.000Z",
                 *       "data": {
                 *         "customerId": "019b76da-a800-7000-8000-000000000001",
                 *         "version": 1
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["WebhookCustomerErased"];
            };
        };
        responses: {
            /** @description Received; so is any other status of 200 to 299 */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The receiver wants nothing any more: the endpoint is disabled */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Too fast: attempted again, not before the time in `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Attempted again later, like any other status; redirects are not followed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onWebhookEndpointDisabled: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Id of the event, the same in all attempts: act once on each
                 * @example 019b76da-a800-7000-8000-000000000062
                 */
                "webhook-id": string;
                /**
                 * @description Time of the attempt, in seconds since 1970: refuse what is older than five minutes
                 * @example 1767605400
                 */
                "webhook-timestamp": string;
                /**
                 * @description Signatures by Standard Webhooks, separated by spaces; one of them has to match
                 * @example v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
                 */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "019b76da-a800-7000-8000-000000000062",
                 *       "type": "webhook_endpoint.disabled",
                 *       "payloadVersion": 1,
                 *       "timestamp": "2026-01-05T09:30:00.000Z",
                 *       "data": {
                 *         "webhookId": "019b76da-a800-7000-8000-000000000061",
                 *         "version": 1,
                 *         "reason": "gone"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["WebhookWebhookEndpointDisabled"];
            };
        };
        responses: {
            /** @description Received; so is any other status of 200 to 299 */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The receiver wants nothing any more: the endpoint is disabled */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Too fast: attempted again, not before the time in `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Attempted again later, like any other status; redirects are not followed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onWebhookEndpointPinged: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description Id of the event, the same in all attempts: act once on each
                 * @example 019b76da-a800-7000-8000-000000000062
                 */
                "webhook-id": string;
                /**
                 * @description Time of the attempt, in seconds since 1970: refuse what is older than five minutes
                 * @example 1767605400
                 */
                "webhook-timestamp": string;
                /**
                 * @description Signatures by Standard Webhooks, separated by spaces; one of them has to match
                 * @example v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
                 */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "019b76da-a800-7000-8000-000000000062",
                 *       "type": "webhook_endpoint.pinged",
                 *       "payloadVersion": 1,
                 *       "timestamp": "2026-01-05T09:30:00.000Z",
                 *       "data": {
                 *         "webhookId": "019b76da-a800-7000-8000-000000000061"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["WebhookWebhookEndpointPinged"];
            };
        };
        responses: {
            /** @description Received; so is any other status of 200 to 299 */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The receiver wants nothing any more: the endpoint is disabled */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Too fast: attempted again, not before the time in `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Attempted again later, like any other status; redirects are not followed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
}
