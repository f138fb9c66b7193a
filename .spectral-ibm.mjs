// The rules of IBM's OpenAPI validator, of which those of its level "error" count. Each exception has its reason beside it.
import ibm from '@ibm-cloud/openapi-ruleset';

/** Returns a rule of theirs with other options. */
const withOptions = (name, functionOptions) => ({
  [name]: { ...ibm.rules[name], then: { ...ibm.rules[name].then, functionOptions } },
});

/** Turns rules off for a part of the document. */
const except = (pointer, ...rules) => ({
  files: [`docs/openapi.json#${pointer.replaceAll('{', '%7B').replaceAll('}', '%7D')}`],
  rules: Object.fromEntries(rules.map((name) => [name, 'off'])),
});

const { keywordAllowList } = ibm.rules['ibm-schema-keywords'].then.functionOptions;

export default {
  extends: [ibm],
  rules: {
    // Names are camelCase, as in JavaScript, and paths kebab-case; IBM's are snake_case. Headers are checked as theirs.
    ...withOptions('ibm-property-casing-convention', { type: 'camel' }),
    ...withOptions('ibm-parameter-casing-convention', {
      ...ibm.rules['ibm-parameter-casing-convention'].then.functionOptions,
      query: { type: 'camel' },
      path: { type: 'camel' },
    }),
    ...withOptions('ibm-path-segment-casing-convention', { type: 'kebab' }),
    // JSON Schema's words for a number that is not 0, and for the rows of a file.
    ...withOptions('ibm-schema-keywords', {
      keywordAllowList: [...keywordAllowList, 'const', 'contentMediaType', 'contentSchema'],
    }),
    // Scopes (`orders:read`), event types (`order.placed`), sorts (`-price`), files and names of RFCs (`ES256`) have forms of their own.
    'ibm-enum-casing-convention': 'off',
    // OpenAPI 3.1 describes the requests that webhooks send.
    'ibm-no-unsupported-keywords': 'off',
    // Knows neither the type null of OpenAPI 3.1 nor the format `uri` of JSON Schema.
    'ibm-schema-type-format': 'off',
    // OpenAPI 3.1 allows it: a reference has a description where it is used.
    'no-$ref-siblings': 'off',
  },
  overrides: [
    // The schema of an OpenAPI document is published by OpenAPI.
    except('/paths/~1openapi.json', 'ibm-accept-and-return-models'),
    // Lines of the cart are read, and tagged, as parts of the cart.
    except('/paths/~1cart~1{productId}', 'ibm-etag-header'),
    // Each alternative requires one of the properties beside `oneOf`.
    except('/components/schemas/LogIn', 'ibm-define-required-properties', 'ibm-property-attributes'),
    // Only problems about the content of a request have `errors`.
    except('/components/schemas/Problem', 'ibm-required-array-properties-in-response'),
    // The name is that of draft-ietf-httpapi-ratelimit-headers.
    except('/components/schemas/RateLimitedProblem', 'ibm-property-casing-convention'),
    except('/components/schemas/IdempotencyQuotaExceededProblem', 'ibm-property-casing-convention'),
    // Names of files, and a path of RFC 8615.
    except('/paths/~1openapi.json', 'ibm-path-segment-casing-convention'),
    except('/paths/~1openapi.yaml', 'ibm-path-segment-casing-convention'),
    except('/paths/~1.well-known~1jwks.json', 'ibm-path-segment-casing-convention'),
  ],
};
