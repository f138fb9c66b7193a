import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  brokenLinks,
  checkout,
  compile,
  isExcerpt,
  moduleOf,
  ROOT,
  runModule,
  runShell,
  untrueExcerpts,
  writeModules,
  type Checkout,
} from './support/documents.js';
import { codeBlocks, type CodeBlock } from './support/markdown.js';
import { builtPackage, startServer } from './support/server-process.js';

// What a document shows is tried, by the language of the block:
//
// sh       all blocks of a document run in one shell, in a checkout, against a shop of that document's own
// ts       compiled and run on the built package; `// name.ts` names the file, `// src/….ts` says that it is an excerpt
// json     is what a command of the same document answers with, but for the id of the request
// sql      runs on a server, as its administrator: see tests/operations.test.ts
// console  shown only, and listed below with the reason
// text     no code
// mermaid  a picture; nothing looks at it

const documents: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'SECURITY.md',
    ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`),
    ...readdirSync(join(ROOT, 'src/contexts')).map((context) => `src/contexts/${context}/README.md`),
  ]
    .filter((file) => file.endsWith('.md'))
    .map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]),
);

/** Paths in a text, from the folder of the repository, that are those of a key or of a backup. */
const secretFiles = (text: string): readonly string[] =>
  [...text.matchAll(/(?<path>[\w./*-]+\.(?:pem|db|sql)\b)/g)]
    .map(({ groups }) => (groups?.['path'] ?? '').replaceAll('*', 'x'))
    .filter((path) => !path.startsWith('/'));

const NEEDS_SERVER = 'needs a server on port 3306; tests/operations.test.ts runs the shop on one of its own';
const NEEDS_DOCKER = 'needs a Docker engine; tests/docker builds and runs the image without one';
const IN_A_PACKAGE = 'tests/package.test.ts does the same with the packed package';
const TOO_LONG = 'checks the whole repository, and the tests would run themselves';

/** Blocks that are shown and not run, by their first line, and why. */
const SHOWN_ONLY: Readonly<Record<string, string>> = {
  'docs/guides/add-a-context.md: npm run types': TOO_LONG,
  'README.md: npm ci && npm start': 'tests/fresh-clone.sh runs it on a clone',
  'README.md: npm ci && npm test': TOO_LONG,
  'README.md: mkdir my-shop && cd my-shop && npm init -y': IN_A_PACKAGE,
  'docs/guides/write-an-adapter.md: mkdir my-carts && cd my-carts && npm init -y && npm pkg set type=module':
    IN_A_PACKAGE,
  "README.md: export DATABASE_URL='mysql://portico:change-me@localhost:3306/portico'   # or postgres://…:5432/portico":
    NEEDS_SERVER,
  "docs/operations.md: export DATABASE_URL='mysql://portico:change-me@localhost:3306/portico'": NEEDS_SERVER,
  "docs/operations.md: export DATABASE_URL='mysql://portico:change-me@db1,db2:3306,db3/portico'":
    NEEDS_SERVER,
  "docs/operations.md: export DATABASE_URL='postgres://portico:change-me@localhost:5432/portico'":
    NEEDS_SERVER,
  "docs/evidence/mutation.md: npm run test:mutation -- --mutate 'src/kernel/page.ts' --testFiles tests/kernel/page.test.ts":
    TOO_LONG,
  'docs/evidence/statuses.md: RECORD_RESPONSES=/tmp/responses npm test': TOO_LONG,
  'docs/operations.md: npm run admin -- create you@shop.example':
    'tests/journeys/first-start.test.ts runs both on servers',
  'docs/operations.md: npm run admin -- outbox requeue 0190a2b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b':
    'a shop whose events are delivered has none that is dead-lettered; tests/journeys/outbox-admin.test.ts runs both',
  'docs/operations.md: npm run admin -- outbox unsubscribe example.webhooks':
    'the shop has no such subscriber; tests/journeys/outbox-admin.test.ts runs it',
  'docs/operations.md: npm run -s keys:rotate -- publish   # a new key at the end: it verifies':
    'prints private keys; tests/journeys/key-rotation.test.ts restarts two processes with them',
  'CONTRIBUTING.md: npx mocha tests/customers/customer.test.ts': TOO_LONG,
  'docs/guides/add-a-use-case.md: npm run generate': TOO_LONG,
  'docs/postman/README.md: npx newman run docs/postman/portico.postman_collection.json -e docs/postman/portico.postman_environment.json --env-var adminPassword=…':
    'tests/journeys/postman.test.ts runs it against a server of its own',
  'docs/guides/browser.md: CORS_ORIGINS=http://localhost:5173 npm start':
    'two servers for a browser; tests/journeys/storefront.test.ts runs them with Chromium',
  'docs/docker.md: docker build --tag portico .': NEEDS_DOCKER,
  'docs/docker.md: docker compose up --build --detach --wait': NEEDS_DOCKER,
};

/**
 * Configurations of proxies, which tests/journeys/proxies.test.ts runs, and of systemd, which tests/systemd.test.ts has checked; and the
 * verification of webhooks, which tests/webhooks/verification.test.ts runs.
 */
const TRIED_ELSEWHERE = ['caddyfile', 'nginx', 'apache', 'ini', 'python', 'go', 'php'];

const blocks = Object.entries(documents).flatMap(([file, text]) => codeBlocks(file, text));
const inLanguage = (language: string): readonly CodeBlock[] =>
  blocks.filter((block) => block.language === language);
const modules = inLanguage('ts').filter((block) => !isExcerpt(block));

const ADMIN = { ADMIN_EMAIL: 'owner@shop.test', ADMIN_PASSWORD: 'an owner needs a password' };

const expectSuccess = ({ code, output }: { code: number; output: string }): void => {
  expect(code, output).to.equal(0);
};

const withoutRequestId = (json: string): object => {
  const { requestId: _requestId, ...rest } = JSON.parse(json) as Record<string, unknown>;
  return rest;
};

const answersIn = (output: string): readonly object[] =>
  output
    .split('\n')
    .filter((line) => /^\{.*\}$/.test(line) && !line.includes('}{'))
    .map(withoutRequestId);

describe('The documents', () => {
  const folders: Checkout[] = [];
  const fresh = async (): Promise<Checkout> => {
    const made = await checkout();
    folders.push(made);
    return made;
  };
  before(() => builtPackage());
  after(() => Promise.all(folders.map((folder) => folder.remove())));

  for (const [file, text] of Object.entries(documents))
    it(`The document ${file} links to what exists`, () => {
      expect(brokenLinks(file, text)).to.deep.equal([]);
    });

  it('The documents name keys and backups by names that git ignores', () => {
    const files = [...new Set(Object.values(documents).flatMap(secretFiles))];
    expect(files).to.include.members(['backup.db', 'backup.sql', 'new-key.pem']);
    const ignored = execFileSync('git', ['check-ignore', '--no-index', ...files], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(ignored.trim().split('\n')).to.have.members(files);
  });

  it('The documents show code that is either tried or listed as shown only', () => {
    const languages = new Set(blocks.map(({ language }) => language));
    expect([
      ...['sh', 'ts', 'json', 'sql', 'console', 'text', 'mermaid'],
      ...TRIED_ELSEWHERE,
    ]).to.include.members([...languages]);
    const shown = inLanguage('console').map(({ file, code }) => `${file}: ${code.split('\n')[0] ?? ''}`);
    expect(shown).to.have.members(Object.keys(SHOWN_ONLY));
    const answered = new Set(inLanguage('sh').map(({ file }) => file));
    expect(inLanguage('json').filter(({ file }) => !answered.has(file))).to.deep.equal([]);
  });

  for (const block of inLanguage('ts').filter(isExcerpt))
    it(`The documents quote the code truly in ${block.file}:${String(block.line)}`, () => {
      expect(untrueExcerpts(block)).to.deep.equal([]);
    });

  for (const file of new Set(inLanguage('sh').map((block) => block.file)))
    it(`The document ${file} can be pasted into a shell`, async () => {
      const folder = await fresh();
      const shop = await startServer({
        cwd: folder.folder,
        environment: { ...ADMIN, BCRYPT_COST: '4', RATE_LIMITS: 'on' },
      });
      try {
        const shell = inLanguage('sh').filter((block) => block.file === file);
        const ran = await runShell(shell, folder, shop.url, ADMIN);
        expectSuccess(ran);
        const shown = inLanguage('json').filter((block) => block.file === file);
        for (const { code } of shown) expect(answersIn(ran.output)).to.deep.include(withoutRequestId(code));
      } finally {
        await shop.stop();
      }
    });

  describe('in their TypeScript', () => {
    let folder: Checkout;
    before(async () => {
      folder = await fresh();
      await writeModules(modules, folder);
    });

    it('The documents’ TypeScript compiles', async () => {
      expectSuccess(await compile(modules, folder));
    });

    for (const block of modules)
      it(`The documents’ TypeScript runs: ${moduleOf(block)}`, async () => {
        expectSuccess(await runModule(block, folder));
      });
  });
});

describe('The test of the documents', () => {
  let folder: Checkout;
  before(async () => {
    await builtPackage();
    folder = await checkout();
  });
  after(() => folder.remove());

  const planted = (language: string, code: string): readonly CodeBlock[] =>
    codeBlocks('planted.md', `# Planted\n\n\`\`\`${language}\n${code}\n\`\`\`\n`);

  it('The test of the documents finds blocks with their language, line and indentation', () => {
    const text = 'a\n\n1. b\n   ```sh\n   c\n     d\n   ```\n\n````text\n```\n````\n';
    expect(codeBlocks('x.md', text)).to.deep.equal([
      { file: 'x.md', line: 4, language: 'sh', code: 'c\n  d\n' },
      { file: 'x.md', line: 9, language: 'text', code: '```\n' },
    ]);
    expect(() => codeBlocks('x.md', 'a\n```sh\nb\n')).to.throw('x.md:2');
  });

  it('The test of the documents fails on a command that fails, wherever it stands', async () => {
    const failing = ['false', 'false | cat', 'x=$(false)', 'echo $unset', 'true; false; true'];
    for (const command of failing) {
      const { code } = await runShell([...planted('sh', command), ...planted('sh', 'true')], folder, '');
      expect(code, command).not.to.equal(0);
    }
  });

  it('The test of the documents fails on a call that the shop refuses', async () => {
    const shop = await startServer({ cwd: folder.folder });
    try {
      const call = (path: string) => planted('sh', `curl -sS --fail-with-body http://localhost:3000${path}`);
      expect((await runShell(call('/products'), folder, shop.url)).code).to.equal(0);
      expect((await runShell(call('/nothing'), folder, shop.url)).code).not.to.equal(0);
    } finally {
      await shop.stop();
    }
  });

  it('The test of the documents fails on TypeScript that does not compile, or throws, or fails as a test', async () => {
    const [mistyped] = planted(
      'ts',
      "// mistyped.ts\nimport { readConfig } from 'portico';\nreadConfig({}).prot;",
    );
    const [throwing] = planted('ts', "// throwing.ts\nexport {};\nthrow new Error('on purpose');");
    const [failing] = planted(
      'ts',
      "// a.test.ts\nit('fails', () => {\n  throw new Error('on purpose');\n});",
    );
    const [empty] = planted('ts', '// empty.test.ts\nexport {};');
    if (!mistyped || !throwing || !failing || !empty) throw new Error('nothing was planted');
    await writeModules([mistyped, throwing, failing, empty], folder);
    expect((await compile([throwing, failing, empty], folder)).code).to.equal(0);
    expect((await compile([mistyped], folder)).output).to.include("Property 'prot' does not exist");
    for (const block of [throwing, failing, empty])
      expect((await runModule(block, folder)).code, moduleOf(block)).not.to.equal(0);
  });

  it('The test of the documents fails on a quotation of what is not there', () => {
    const quotation = (code: string) => untrueExcerpts({ code: `// src/kernel/clock.ts\n${code}\n` });
    expect(quotation('export type Now = () => Date;')).to.deep.equal([]);
    expect(quotation('export type Now = () => number;')).to.have.length(1);
    expect(untrueExcerpts({ code: '// src/kernel/nothing.ts\nexport {};\n' })).to.have.length(1);
  });

  it('The test of the documents fails on links that lead nowhere', () => {
    const text =
      '# One two\n[a](LICENSE) [b](#one-two) [c](NOTHING.md) [d](#three) `[e](f)` <https://g.example>';
    expect(brokenLinks('planted.md', text)).to.deep.equal(['NOTHING.md', '#three']);
  });
});
