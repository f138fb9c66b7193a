import js from '@eslint/js';
import regexp from 'eslint-plugin-regexp';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** What the middle of the hexagon leaves alone, and what it does instead. */
const machine = {
  crypto: 'Ids and hashes come in as ports (NewId, a hasher).',
  fetch: 'The network is an adapter: ask for a port.',
  process: 'Configuration comes in as an argument from src/main.',
  console: 'Logging is an adapter.',
  performance: 'The time comes in as the port Now.',
  setTimeout: 'A use case does not wait: time is an adapter.',
  setInterval: 'A use case does not wait: time is an adapter.',
  setImmediate: 'A use case does not wait: time is an adapter.',
  Buffer: 'Encoding is an adapter; Uint8Array and strings are the language.',
  globalThis: 'It leads to what may not be used here.',
  global: 'It leads to what may not be used here.',
};

/** Classes are compared within one copy of a package, and an adapter of another project brings copies of its own. */
const byName = {
  selector: "BinaryExpression[operator='instanceof'][right.name=/^DomainError$|Constraint/]",
  message: 'Ask isDomainError or isUniqueViolation.',
};

/** Header fields by which HTTP asks for what the middle knows by a name of its own, such as ExpectedVersion. */
const headers = ['If-Match', 'If-None-Match', 'ETag', 'Idempotency-Key', 'Retry-After'];
const headerName = `/\\b(?:${headers.join('|')})\\b/i`;

/** What of a request the middle does not know: where in it something came in, and under which header field. */
const noRequest = [
  {
    // A JSON Pointer: `/newPassword`, `/${field}`.
    selector:
      "Literal[value=/^\\x2F[A-Za-z]/], TemplateElement:first-child[value.raw=/^\\x2F/], Property[key.name='pointer']",
    message: 'Fail with a code; the route says where in its body that is (details).',
  },
  {
    selector: `Literal[value=${headerName}], TemplateElement[value.raw=${headerName}]`,
    message: 'Header fields are read and named by platform/http.',
  },
];

const noMachine = {
  'no-restricted-globals': [
    'error',
    ...Object.entries(machine).map(([name, message]) => ({ name, message })),
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: 'The time comes in as the port Now.' },
    { object: 'Math', property: 'random', message: 'Chance comes in as a port.' },
  ],
  'no-warning-comments': ['error', { terms: headers, location: 'anywhere' }],
  'no-restricted-syntax': [
    'error',
    byName,
    {
      selector: "NewExpression[callee.name='Date'][arguments.length=0], CallExpression[callee.name='Date']",
      message: 'The time comes in as the port Now; a Date made from a given time is fine.',
    },
    {
      selector: 'ImportExpression',
      message: 'A module that is imported on the way escapes the boundaries.',
    },
    ...noRequest,
  ],
};

export default defineConfig(
  globalIgnores([
    'dist/',
    '.dist-*/',
    'coverage/',
    'data/',
    'clients/*/dist/',
    'examples/storefront/storefront.js',
    'clients/typescript/src/api.ts',
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    name: 'patterns that no text keeps busy for long',
    files: ['{src,scripts,migrations}/**'],
    extends: [regexp.configs.recommended],
    rules: {
      'regexp/no-super-linear-move': 'error',
      // JSON Schema, in which patterns of bodies are published, has no flags.
      'regexp/use-ignore-case': 'off',
      'regexp/prefer-w': 'off',
      // `[!-~]` is how RFCs write visible ASCII.
      'regexp/no-obscure-range': 'off',
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      // A number in a message is what it looks like; objects and null are still refused.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Naming a property only to leave it out of the rest.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      eqeqeq: 'error',
    },
  },
  {
    name: 'errors are told by their names',
    files: ['src/**/*.ts', 'tests/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', byName] },
  },
  {
    name: 'a boundary is seen in the first column of an import',
    files: ['src/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(?:\\.\\./)+(?:(?:kernel|platform|contexts|main)/|[a-z]+/public\\.js$)',
              message: 'Import from another top-level folder, or from another context, by #src/….',
            },
          ],
        },
      ],
    },
  },
  {
    name: 'the middle of the hexagon knows neither machines nor HTTP',
    files: ['src/kernel/**/*.ts', 'src/contexts/*/{domain,application}/**/*.ts'],
    rules: noMachine,
  },
  {
    files: ['tests/**/*.ts'],
    rules: {
      // chai's `expect(x).to.be.true` is an expression.
      '@typescript-eslint/no-unused-expressions': 'off',
      // Bodies of answers are `any`: each has been checked against its documented schema when it came in.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
  {
    name: 'a test ends the processes that it starts, also when it fails',
    files: ['tests/**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'node:child_process',
              importNames: ['spawn', 'fork', 'exec'],
              message: 'Use start of tests/support/started-processes.ts.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs', globals: { __filename: 'readonly', __dirname: 'readonly' } },
  },
);
