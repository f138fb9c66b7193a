// The boundaries of the house. tests/architecture.test.ts plants a violation of every rule by its name.

const MIDDLE = '^src/contexts/[^/]+/(domain|application)/';
const PUBLIC = '^src/contexts/[^/]+/public\\.ts$';

/** Packages by name, wherever they are resolved to. */
const packages = (...names) => `(^|node_modules/)(${names.join('|')})(/|$)`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-package-in-the-middle',
      comment:
        'domain/ and application/ import no package and no node: module: what they need comes in as a port.',
      severity: 'error',
      from: { path: MIDDLE },
      to: { pathNot: '^src/' },
    },
    {
      name: 'domain-knows-domain',
      comment: "domain/ imports its own context's domain/ and the kernel.",
      severity: 'error',
      from: { path: '^src/contexts/([^/]+)/domain/' },
      to: { path: '^src/', pathNot: ['^src/contexts/$1/domain/', '^src/kernel/'] },
    },
    {
      name: 'application-knows-domain',
      comment: "application/ imports its own context's application/ and domain/, and the kernel.",
      severity: 'error',
      from: { path: '^src/contexts/([^/]+)/application/' },
      to: { path: '^src/', pathNot: ['^src/contexts/$1/(application|domain)/', '^src/kernel/'] },
    },
    {
      name: 'public-offers-the-middle',
      comment: "public.ts offers what the context's domain/ and application/ have, never an adapter.",
      severity: 'error',
      from: { path: '^src/contexts/([^/]+)/public\\.ts$' },
      to: { pathNot: ['^src/contexts/$1/(application|domain)/', '^src/kernel/'] },
    },
    {
      name: 'contexts-meet-at-public',
      comment: 'Of another context nothing can be imported but its public.ts.',
      severity: 'error',
      from: { path: '^src/contexts/([^/]+)/' },
      to: { path: '^src/contexts/', pathNot: ['^src/contexts/$1/', PUBLIC] },
    },
    {
      name: 'public-is-for-neighbours',
      comment:
        'Only src/main, module.ts, subscribers, adapters/neighbours.ts, adapters/http and adapters/services import a public.ts: the middle asks for a port.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [
          '^src/main/',
          '^src/contexts/[^/]+/(module\\.ts$|adapters/(neighbours\\.ts$|[^/]+-subscriber\\.ts$|http/|services/))',
        ],
      },
      to: { path: PUBLIC },
    },
    {
      name: 'contexts-form-no-cycle',
      comment: 'A context that uses another one is not used by it, however far around.',
      severity: 'error',
      scope: 'folder',
      from: { path: '^src/contexts/[^/]+$' },
      to: { path: '^src/contexts/[^/]+$', circular: true },
    },
    {
      name: 'main-knows-modules',
      comment:
        'src/main puts contexts together by their module.ts and what they publish, and knows nothing of their insides.',
      severity: 'error',
      from: { path: '^src/main/' },
      to: { path: '^src/contexts/', pathNot: ['^src/contexts/[^/]+/module\\.ts$', PUBLIC] },
    },
    {
      name: 'modules-are-for-main',
      comment: 'A context is put together by its module.ts, which only src/main imports.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/main/' },
      to: { path: '^src/contexts/[^/]+/module\\.ts$' },
    },
    {
      name: 'adapters-stand-alone',
      comment:
        'An adapter imports no adapter of another kind: each can be exchanged alone. What they share lies in adapters/.',
      severity: 'error',
      from: { path: '^src/contexts/([^/]+)/adapters/([^/]+)/' },
      to: { path: '^src/contexts/$1/adapters/[^/]+/', pathNot: '^src/contexts/$1/adapters/$2/' },
    },
    {
      name: 'kernel-imports-nothing',
      comment: 'The kernel is words that every context shares.',
      severity: 'error',
      from: { path: '^src/kernel/' },
      to: { pathNot: '^src/kernel/' },
    },
    {
      name: 'platform-knows-no-context',
      comment: 'The platform is glue to frameworks and would serve another shop as well.',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^src/(contexts|main)/' },
    },
    {
      name: 'main-is-the-root',
      comment: 'src/main puts the shop together and is imported by nobody.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/main/' },
      to: { path: '^src/main/' },
    },
    {
      name: 'container-in-main-only',
      comment: 'Only src/main knows that there is a container.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/main/' },
      to: { path: packages('tsyringe', 'reflect-metadata') },
    },
    {
      name: 'sql-in-its-adapters-only',
      comment: 'Sequelize and the drivers stay where SQL is spoken.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [
          '^src/contexts/[^/]+/adapters/sequelize/',
          '^src/platform/database/',
          '^src/platform/[^/]+/sequelize-',
          '^src/main/persistence/',
        ],
      },
      to: { path: packages('sequelize', 'umzug', 'mysql2', 'pg', 'libsql') },
    },
    {
      name: 'koa-in-its-platform-only',
      comment: 'Routes are rows of a table; only platform/http turns them into Koa.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/platform/http/' },
      to: { path: packages('koa', '@koa', '@types/koa', 'koa-[^/]+', 'koa2-[^/]+') },
    },
    {
      name: 'joi-behind-typed-schemas',
      comment: 'Contexts write schemas with platform/schema, whose types follow what is checked.',
      severity: 'error',
      from: { path: '^src/contexts/' },
      to: { path: packages('joi') },
    },
    {
      name: 'no-tests-in-src',
      comment: 'What runs does not depend on what tests it.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^tests/' },
    },
    {
      name: 'declared-packages-only',
      comment: 'src uses no package that is missing where only `dependencies` are installed.',
      severity: 'error',
      from: { path: '^src/' },
      // Of a package without types of its own, an `import type` is resolved to its @types.
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'no-unresolvable',
      comment: 'An import that cannot be resolved cannot be judged by the other rules.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-circular',
      comment: 'Two modules that import each other are one module in two files.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Without it, `import type` goes unseen.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['portico-source', 'import', 'require', 'node', 'types', 'default'],
    },
  },
};
