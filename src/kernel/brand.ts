declare const brand: unique symbol;

/** A `T` that only the code which validated or generated it can produce: `Brand<string, 'OrderId'>` is not a `ProductId`. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
