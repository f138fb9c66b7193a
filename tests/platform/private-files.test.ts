import { expect } from 'chai';
import {
  chmodSync,
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
import { pino, type Logger } from 'pino';
import {
  closeToOthers,
  createPrivately,
  requireClosedFolder,
  storePrivately,
} from '#src/platform/private-files.js';

describe('Files that contain secrets', () => {
  let folder: string;
  let warnings: Readonly<Record<string, unknown>>[];
  let logger: Logger;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portico-files-'));
    warnings = [];
    const write = (line: string) => void warnings.push(JSON.parse(line) as Readonly<Record<string, unknown>>);
    logger = pino({}, { write });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const rightsOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);
  const fileOf = (mode: number): string => {
    const file = join(folder, mode.toString(8));
    writeFileSync(file, 'secret');
    chmodSync(file, mode);
    return file;
  };

  it('Files that contain secrets are closed to others where all users have rights to them, with a warning that names them', () => {
    const files = [0o644, 0o604, 0o602, 0o666, 0o777].map(fileOf);
    closeToOthers(files, logger);
    expect(files.map(rightsOf)).to.deep.equal(files.map(() => '600'));
    expect(warnings.map(({ level, file }) => [level, file])).to.deep.equal(files.map((file) => [40, file]));
  });

  it('Files that contain secrets are left as they are where only owner and group have rights, or where there are none', () => {
    const files = [0o600, 0o400, 0o640, 0o660];
    closeToOthers([...files.map(fileOf), join(folder, 'missing')], logger);
    expect(files.map((mode) => rightsOf(join(folder, mode.toString(8))))).to.deep.equal([
      '600',
      '400',
      '640',
      '660',
    ]);
    expect(warnings).to.deep.equal([]);
  });

  it('Files that contain secrets are warned of, and end nothing, where their rights can’t be changed', () => {
    const file = '/proc/self/status'; // which its owner can't chmod, nor can root
    closeToOthers([file], logger);
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.include({ level: 40, file });
    expect(warnings[0]?.['msg']).to.contain('chmod 600');
  });

  it('Files that contain secrets are created for their owner only, and left alone when they are there', () => {
    const [made, there] = [join(folder, 'made'), fileOf(0o644)];
    createPrivately(made);
    createPrivately(there);
    expect([rightsOf(made), rightsOf(there), statSync(there).size]).to.deep.equal(['600', '644', 6]);
    expect(() => {
      createPrivately(join(folder, 'missing', 'file'));
    }).to.throw('ENOENT');
  });

  it('Files that contain secrets are stored for their owner only, with their folder, and the first one stays', () => {
    const file = join(folder, 'new', 'secret');
    for (const text of ['first', 'second']) storePrivately(file, text);
    expect(readFileSync(file, 'utf8')).to.equal('first');
    expect([rightsOf(file), rightsOf(join(folder, 'new'))]).to.deep.equal(['600', '700']);
    expect(readdirSync(join(folder, 'new'))).to.deep.equal(['secret']);
  });

  it('Files that contain secrets are not stored in a folder in which all users may create files', () => {
    chmodSync(folder, 0o777);
    expect(() => {
      storePrivately(join(folder, 'secret'), 'text', 'DATA_DIR');
    }).to.throw('name another folder in DATA_DIR');
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('Files that contain secrets are refused in a folder in which all users may create files, also with the sticky bit', () => {
    const folderOf = (mode: number): string => {
      const data = join(folder, `data-${mode.toString(8)}`);
      mkdirSync(data);
      chmodSync(data, mode);
      return data;
    };
    for (const mode of [0o700, 0o755, 0o770]) requireClosedFolder(folderOf(mode));
    requireClosedFolder(join(folder, 'missing'));
    for (const data of [0o777, 0o702, 0o1777].map(folderOf))
      expect(() => {
        requireClosedFolder(data);
      }).to.throw(`the folder ${data} is writable by every user of this machine`);
  });

  it('Files that contain secrets are left alone on Windows, where Node makes rights up', () => {
    const file = fileOf(0o666);
    chmodSync(folder, 0o777);
    const platform = Object.getOwnPropertyDescriptor(process, 'platform') ?? {};
    Object.defineProperty(process, 'platform', { ...platform, value: 'win32' });
    try {
      requireClosedFolder(folder);
      closeToOthers([file], logger);
    } finally {
      Object.defineProperty(process, 'platform', platform);
    }
    expect([rightsOf(file), warnings]).to.deep.equal(['666', []]);
  });
});
