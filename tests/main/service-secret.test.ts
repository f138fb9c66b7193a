import { expect } from 'chai';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { serviceSecret } from '#src/main/service-secret.js';
import { start } from '../support/started-processes.js';

/** Says that it is ready, then returns its secret of each folder that it is told. */
const SERVICE = `
  import { serviceSecret } from '#src/main/service-secret.js';
  process.on('message', (dataDir) => {
    process.send(serviceSecret({ secret: null, dataDir }, null).export().toString());
  });
  process.send('ready');
`;

describe('The secret of services', () => {
  let folder: string;
  let log: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portico-secret-'));
    log = '';
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const data = () => join(folder, 'data', 'services');
  const file = () => join(data(), 'services-secret');
  const secretOf = (secret: string | null = null): string =>
    serviceSecret({ secret, dataDir: data() }, pino({}, { write: (line) => void (log += line) }))
      .export()
      .toString();

  it('The secret of services is generated once, and stored for its owner only', () => {
    const secret = secretOf();
    expect(secret).to.match(/^[0-9a-f]{64}$/);
    expect(secretOf()).to.equal(secret);
    expect(readFileSync(file(), 'utf8')).to.equal(`${secret}\n`);
    expect([statSync(file()).mode & 0o777, statSync(data()).mode & 0o777]).to.deep.equal([0o600, 0o700]);
    expect(log).to.equal('');
  });

  it('The secret of services is the configured one where there is one, and nothing is written', () => {
    expect(secretOf('a secret that is configured, as it should be')).to.equal(
      'a secret that is configured, as it should be',
    );
    expect(existsSync(data())).to.equal(false);
  });

  it('The secret of services is the same in five that start at the same moment', async () => {
    const args = ['--import=tsx', '--conditions=portico-source', '--input-type=module', '--eval', SERVICE];
    const services = [1, 2, 3, 4, 5].map(() =>
      start(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
    );
    const exits = new Map(services.map((service) => [service, once(service, 'exit')]));
    const nextMessage = async (service: ChildProcess): Promise<unknown> => {
      const [said] = (await Promise.race([once(service, 'message'), exits.get(service)])) as [unknown];
      return said;
    };
    await Promise.all(services.map(nextMessage));
    // Many times: they do not always meet.
    for (let time = 0; time < 50; time += 1) {
      const shared = join(data(), String(time));
      const said = services.map(nextMessage);
      for (const service of services) service.send(shared);
      const secret = await Promise.all(said).then(() =>
        readFileSync(join(shared, 'services-secret'), 'utf8'),
      );
      expect(await Promise.all(said)).to.deep.equal(services.map(() => secret.trim()));
      expect(readdirSync(shared)).to.deep.equal(['services-secret']);
    }
    for (const service of services) service.disconnect();
  });

  it('The secret of services is closed to others where all users may read it, with a warning', () => {
    secretOf();
    chmodSync(file(), 0o644);
    secretOf();
    expect(statSync(file()).mode & 0o777).to.equal(0o600);
    expect(log).to.contain(file());
  });

  it('The secret of services is neither read from nor stored in a folder in which all users may create files', () => {
    const refusal = `the folder ${data()} is writable by every user of this machine`;
    mkdirSync(data(), { recursive: true });
    chmodSync(data(), 0o777);
    expect(() => secretOf())
      .to.throw(refusal)
      .with.property('message')
      .that.contains('DATA_DIR');
    expect(readdirSync(data())).to.deep.equal([]);
    writeFileSync(file(), 'a'.repeat(64));
    expect(() => secretOf()).to.throw(refusal);
  });

  it('The secret of services is not what is left of a file that was cut off, which the message does not repeat', () => {
    secretOf();
    for (const content of ['', 'abcdef', 'x'.repeat(64)]) {
      writeFileSync(file(), content);
      expect(() => secretOf())
        .to.throw(`${file()} contains no secret`)
        .with.property('message')
        .that.does.not.match(/abcdef|xxx/);
    }
  });
});
