import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { ESLint } from 'eslint';

const ROOT = resolve(import.meta.dirname, '..');
const BOUNDARIES = join(ROOT, 'scripts/boundaries.mjs');

/** Runs the check of the boundaries in a folder; answers its lines and whether it was content. */
const checkBoundaries = async (folder: string) => {
  const run = promisify(execFile)(process.execPath, [BOUNDARIES], {
    cwd: folder,
    // What runs the tests from source is not what runs the check.
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const { stdout, stderr, content } = await run.then(
    (output) => ({ ...output, content: true }),
    (error: unknown) => ({ ...(error as { stdout: string; stderr: string }), content: false }),
  );
  const violations = stderr.split('\n').filter((line) => line.includes(' → '));
  const [, seen, written] = /^(\d+) of (\d+) modules seen/m.exec(stdout) ?? [];
  return { content, violations, seen: Number(seen), written: Number(written) };
};

/** A folder with the files given (by path, their text), gone after `use`. */
const inFolder = async <T>(
  files: Readonly<Record<string, string>>,
  use: (folder: string) => Promise<T>,
): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'portico-architecture-'));
  try {
    for (const name of ['tsconfig.json', '.dependency-cruiser.cjs', 'eslint.config.js']) {
      await cp(join(ROOT, name), join(folder, name));
    }
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** An empty package, and the package.json that names those given as dependencies. */
const installed = (names: readonly string[]): Readonly<Record<string, string>> => ({
  'package.json': JSON.stringify({
    type: 'module',
    dependencies: Object.fromEntries(names.filter((name) => name !== 'chai').map((name) => [name, '1.0.0'])),
    devDependencies: { chai: '1.0.0' },
  }),
  ...Object.fromEntries(
    names.flatMap((name) => [
      [`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' })],
      [`node_modules/${name}/index.js`, ''],
    ]),
  ),
});

/** One violation of every boundary at least, by the rule's name: which module imports what. */
const planted: readonly (readonly [rule: string, from: string, imports: string])[] = [
  ['no-package-in-the-middle', 'src/contexts/cart/domain/package.ts', 'joi'],
  ['no-package-in-the-middle', 'src/contexts/cart/application/package.ts', 'joi'],
  ['no-package-in-the-middle', 'src/contexts/cart/domain/machine.ts', 'node:crypto'],
  ['domain-knows-domain', 'src/contexts/cart/domain/upwards.ts', 'src/contexts/cart/application/step.ts'],
  ['domain-knows-domain', 'src/contexts/cart/domain/glue.ts', 'src/platform/glue.ts'],
  [
    'application-knows-domain',
    'src/contexts/cart/application/outwards.ts',
    'src/contexts/cart/adapters/memory/carts.ts',
  ],
  ['application-knows-domain', 'src/contexts/cart/application/neighbour.ts', 'src/contexts/orders/public.ts'],
  ['public-offers-the-middle', 'src/contexts/cart/public.ts', 'src/contexts/cart/adapters/memory/carts.ts'],
  [
    'contexts-meet-at-public',
    'src/contexts/cart/adapters/neighbours.ts',
    'src/contexts/orders/application/step.ts',
  ],
  [
    'public-is-for-neighbours',
    'src/contexts/cart/adapters/memory/outside.ts',
    'src/contexts/orders/public.ts',
  ],
  ['contexts-form-no-cycle', 'src/contexts/orders/adapters/neighbours.ts', 'src/contexts/cart/public.ts'],
  ['main-knows-modules', 'src/main/inside.ts', 'src/contexts/cart/adapters/memory/carts.ts'],
  ['modules-are-for-main', 'src/platform/modules.ts', 'src/contexts/cart/module.ts'],
  [
    'adapters-stand-alone',
    'src/contexts/cart/adapters/http/stored.ts',
    'src/contexts/cart/adapters/memory/carts.ts',
  ],
  ['kernel-imports-nothing', 'src/kernel/package.ts', 'joi'],
  ['kernel-imports-nothing', 'src/kernel/glue.ts', 'src/platform/glue.ts'],
  ['platform-knows-no-context', 'src/platform/shop.ts', 'src/contexts/orders/public.ts'],
  ['main-is-the-root', 'src/contexts/cart/adapters/http/root.ts', 'src/main/root.ts'],
  ['container-in-main-only', 'src/platform/container.ts', 'tsyringe'],
  ['container-in-main-only', 'src/platform/reflection.ts', 'reflect-metadata'],
  ['sql-in-its-adapters-only', 'src/contexts/cart/adapters/memory/sql.ts', 'sequelize'],
  ['koa-in-its-platform-only', 'src/contexts/cart/adapters/http/koa.ts', 'koa'],
  ['koa-in-its-platform-only', 'src/contexts/cart/adapters/http/router.ts', '@koa/router'],
  ['joi-behind-typed-schemas', 'src/contexts/cart/adapters/http/joi.ts', 'joi'],
  ['no-tests-in-src', 'src/platform/tested.ts', 'tests/support.ts'],
  ['declared-packages-only', 'src/platform/development.ts', 'chai'],
  ['no-unresolvable', 'src/platform/nowhere.ts', 'src/platform/not-there.ts'],
  ['no-circular', 'src/platform/a-circle.ts', 'src/platform/circle-back.ts'],
];

/** What boundaries allow, so that a rule that forbids too much is noticed as well. */
const allowed: readonly (readonly [from: string, imports: string])[] = [
  ['src/contexts/cart/domain/cart.ts', 'src/kernel/words.ts'],
  ['src/contexts/cart/application/step.ts', 'src/contexts/cart/domain/cart.ts'],
  ['src/contexts/orders/application/step.ts', 'src/kernel/words.ts'],
  ['src/contexts/orders/public.ts', 'src/contexts/orders/application/step.ts'],
  ['src/contexts/cart/adapters/memory/carts.ts', 'src/platform/glue.ts'],
  ['src/contexts/cart/module.ts', 'src/contexts/orders/public.ts'],
  ['src/platform/schema/fields.ts', 'joi'],
  ['src/contexts/cart/adapters/sequelize/tables.ts', 'sequelize'],
  ['src/platform/database/connect.ts', 'sequelize'],
  ['src/platform/http/app.ts', '@koa/router'],
  ['src/main/root.ts', 'tsyringe'],
  ['src/main/bindings.ts', 'src/contexts/orders/public.ts'],
  ['src/main/contexts.ts', 'src/contexts/cart/module.ts'],
  ['src/platform/circle-back.ts', 'src/platform/a-circle.ts'],
  ['src/platform/glue.ts', 'src/kernel/words.ts'],
];

const importing = (from: string, imports: string): readonly [path: string, text: string] => {
  const isFile = imports.startsWith('src/') || imports.startsWith('tests/');
  const target = isFile
    ? `${'../'.repeat(from.split('/').length - 1)}${imports.replace(/\.ts$/, '.js')}`
    : imports;
  // As a type: the form that goes unseen unless the checker is told to look before compilation.
  return [from, `import type * as it from '${target}';\nexport type It = typeof it;\n`];
};

const house: Readonly<Record<string, string>> = {
  ...installed(['joi', 'koa', '@koa/router', 'sequelize', 'tsyringe', 'reflect-metadata', 'chai']),
  'src/kernel/words.ts': 'export type Word = string;\n',
  'tests/support.ts': 'export type Support = string;\n',
  ...Object.fromEntries(allowed.map(([from, imports]) => importing(from, imports))),
  ...Object.fromEntries(planted.map(([, from, imports]) => importing(from, imports))),
};

describe('boundaries', () => {
  it('The boundaries are kept by every module of src, and none goes unseen', async () => {
    const written = (await readdir(join(ROOT, 'src'), { recursive: true })).filter((name) =>
      name.endsWith('.ts'),
    );
    const { content, violations, seen } = await checkBoundaries(ROOT);
    expect(violations).to.deep.equal([]);
    expect(seen).to.equal(written.length).and.to.be.greaterThan(0);
    expect(content).to.equal(true);
  });

  it('The boundaries are not taken as kept when modules go unseen', async () => {
    const blind = (path: string): Readonly<Record<string, string>> => ({
      ...installed([]),
      ...Object.fromEntries(['seen', 'unseen'].map((name) => [`src/${name}.ts`, 'export {};\n'])),
      '.dependency-cruiser.cjs': `module.exports = { options: { exclude: { path: '${path}' } } };`,
    });
    const some = await inFolder(blind('unseen'), checkBoundaries);
    expect(some).to.deep.equal({ content: false, violations: [], seen: 1, written: 2 });
    const none = await inFolder(blind('src'), checkBoundaries);
    expect(none).to.deep.equal({ content: false, violations: [], seen: 0, written: 2 });
  });

  describe('with one violation of each planted', () => {
    let checked: Awaited<ReturnType<typeof checkBoundaries>>;

    before(async () => {
      checked = await inFolder(house, checkBoundaries);
    });

    for (const [rule, from, imports] of planted) {
      it(`${rule}: ${from} may not import ${imports}`, () => {
        // A cycle is one of whole contexts.
        const source = rule === 'contexts-form-no-cycle' ? from.split('/').slice(0, 3).join('/') : from;
        const line = new RegExp(`^${rule}: ${source} → `);
        expect(checked.violations.filter((violation) => line.test(violation))).to.have.length(1);
        expect(checked.content).to.equal(false);
      });
    }

    it('The boundaries see every module and object to none that keeps them', () => {
      expect(checked.seen).to.equal(checked.written).and.to.be.greaterThan(planted.length);
      const sources = checked.violations.map((violation) => /: (\S+) → /.exec(violation)?.[1]);
      const innocent = allowed.map(([from]) => from);
      expect(innocent.filter((from) => sources.includes(from))).to.deep.equal([]);
    });

    it('The boundaries have no rule without a violation planted', () => {
      const { forbidden } = createRequire(import.meta.url)(join(ROOT, '.dependency-cruiser.cjs')) as {
        forbidden: readonly { readonly name: string }[];
      };
      expect(forbidden.map(({ name }) => name)).to.have.members([...new Set(planted.map(([rule]) => rule))]);
    });
  });
});

/** What the middle of the hexagon may not use or name, and the rule that says so. */
const machines: readonly (readonly [rule: string, code: string])[] = [
  ['no-restricted-globals', 'crypto.randomUUID()'],
  ['no-restricted-globals', "fetch('http://localhost')"],
  ['no-restricted-globals', 'process.env'],
  ['no-restricted-globals', 'console.log(1)'],
  ['no-restricted-globals', 'performance.now()'],
  ['no-restricted-globals', 'setTimeout(() => undefined, 1)'],
  ['no-restricted-globals', 'globalThis.crypto'],
  ['no-restricted-properties', 'Date.now()'],
  ['no-restricted-properties', 'Math.random()'],
  ['no-restricted-syntax', 'new Date()'],
  ['no-restricted-syntax', "import('node:fs')"],
  ['no-restricted-syntax', "'/newPassword'"],
  ['no-restricted-syntax', '`/${String(1)}`'],
  ['no-restricted-syntax', "{ pointer: 'newPassword' }"],
  ['no-restricted-syntax', "'If-Match'"],
  ['no-restricted-syntax', '`an ETag of ${String(1)}`'],
  ['no-warning-comments', '1 /* the answer to an Idempotency-Key */'],
];

describe('the middle of the hexagon knows neither machines nor HTTP', () => {
  const middle = ['src/kernel', 'src/contexts/cart/domain', 'src/contexts/cart/application'];
  const places = [...middle, 'src/contexts/cart/adapters/memory', 'src/main'];
  const file = (place: string, number: number): string => `${place}/planted-${String(number)}.ts`;
  let reported: ReadonlyMap<string, readonly (string | null)[]>;

  before(async () => {
    const files = Object.fromEntries(
      places.flatMap((place) => [
        ...machines.map(([, code], number) => [file(place, number), `export const it = ${code};\n`] as const),
        [`${place}/given.ts`, 'export const at = (ms: number): Date => new Date(ms);\n'] as const,
      ]),
    );
    reported = await inFolder({ 'package.json': '{"type":"module"}', ...files }, async (folder) => {
      await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
      const results = await new ESLint({ cwd: folder }).lintFiles(['src']);
      return new Map(
        results.map(({ filePath, messages }) => [
          filePath.slice(folder.length + 1),
          messages
            .map(({ ruleId }) => ruleId)
            .filter((rule) => rule === null || /^no-(?:restricted|warning)-/.test(rule)),
        ]),
      );
    });
  });

  machines.forEach(([rule, code], number) => {
    it(`${rule}: ${code} is refused there and nowhere else`, () => {
      for (const place of places) {
        expect(reported.get(file(place, number)), place).to.deep.equal(middle.includes(place) ? [rule] : []);
      }
    });
  });

  it('The middle of the hexagon may make a date from a given time', () => {
    for (const place of places) expect(reported.get(`${place}/given.ts`), place).to.deep.equal([]);
  });
});

describe('errors are told by their names', () => {
  it('instanceof of a class that may come in two copies is refused everywhere in src', async () => {
    const eslint = new ESLint({ cwd: ROOT });
    for (const filePath of ['src/main/server.ts', 'src/contexts/cart/application/get-cart.ts'])
      for (const name of ['DomainError', 'UniqueConstraintError', 'ForeignKeyConstraintError']) {
        const code = `export const is = (error: unknown): boolean => error instanceof ${name};\n`;
        const [result] = await eslint.lintText(code, { filePath });
        const rules = result?.messages.map(({ ruleId }) => ruleId);
        expect(rules, `${filePath}, ${name}`).to.include('no-restricted-syntax');
      }
  });
});

describe('an import', () => {
  it('An import from another top-level folder or another context begins with #src', async () => {
    const eslint = new ESLint({ cwd: ROOT });
    const complaints = async (source: string): Promise<readonly (string | null)[]> => {
      const [result] = await eslint.lintText(`export * from '${source}';\n`, {
        filePath: 'src/contexts/cart/adapters/neighbours.ts',
      });
      return result?.messages.map(({ ruleId }) => ruleId) ?? [];
    };
    for (const crossing of ['../../../kernel/money.js', '../../customers/public.js'])
      expect(await complaints(crossing), crossing).to.include('no-restricted-imports');
    for (const right of [
      '#src/kernel/money.js',
      '#src/contexts/customers/public.js',
      '../../public.js',
      './x.js',
    ])
      expect(await complaints(right), right).not.to.include('no-restricted-imports');
  });
});

/** Patterns that a text of some kilobytes keeps busy for seconds, and the rule that says so. */
const slowPatterns: readonly (readonly [rule: string, code: string])[] = [
  ['regexp/no-super-linear-backtracking', '/^(a+)+$/'],
  ['regexp/no-dupe-disjunctions', '/^(?:a|a)*$/'],
  ['regexp/no-super-linear-backtracking', '/^.*,.*,.*;$/'],
  ['regexp/no-super-linear-backtracking', "new RegExp('^(a+)+$', 'u')"],
  ['regexp/no-super-linear-move', '/\\s+$/'],
];

describe('patterns that no text keeps busy for long', () => {
  const complaintsAbout = async (filePath: string, code: string): Promise<readonly (string | null)[]> => {
    const results = await new ESLint({ cwd: ROOT }).lintText(`export const it = ${code};\n`, { filePath });
    return results.flatMap(({ messages }) =>
      messages.map(({ ruleId }) => ruleId).filter((rule) => rule?.startsWith('regexp/')),
    );
  };

  for (const [rule, code] of slowPatterns) {
    it(`${rule}: ${code} is refused`, async () => {
      for (const file of ['src/planted.mjs', 'scripts/planted.mjs', 'migrations/planted.mjs'])
        expect(await complaintsAbout(file, code), file).to.include(rule);
    });
  }

  it('Patterns that read each character once are allowed', async () => {
    expect(await complaintsAbout('src/planted.mjs', '/^[a-z]+(?:-[a-z]+)*$/')).to.deep.equal([]);
  });
});
