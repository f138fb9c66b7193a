import type { JsonSchema } from './schemas.js';

/** Plain JSON. */
export type Json = Readonly<Record<string, unknown>>;

export interface Operation extends Json {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, Json>>;
}

export type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/** An OpenAPI 3.1 document, as far as this server's own code reads it. */
export interface OpenApiDocument extends Json {
  readonly openapi: '3.1.0';
  readonly paths: Paths;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses: Readonly<Record<string, Json>>;
  } & Json;
}
