import { expect } from 'chai';
import { join } from 'node:path';
import { QueryTypes } from 'sequelize';
import { connect } from '#src/platform/database/connect.js';
import { findProgram } from '../../support/installed-programs.js';
import { postgresInstalled, startPostgres, type PostgresOptions } from '../../support/postgres.js';

/** Self-signed, or signed by the authority of that name. */
const certificate = (name: string, authority?: string): string[] => [
  ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'.split(' '),
  ...['-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.pem`],
  ...(authority === undefined ? [] : ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`]),
];

const isInstalled = postgresInstalled && findProgram('openssl') !== undefined;

describe('An encrypted connection to PostgreSQL', function () {
  let folder: string;
  let port: string;

  const options: PostgresOptions = {
    settings: [
      'ssl=on',
      'ssl_cert_file=../localhost.pem',
      'ssl_key_file=../localhost.key',
      'ssl_ca_file=../ca.pem',
    ],
    prepare: async (made, run) => {
      folder = made;
      await run('openssl', certificate('ca'));
      await run('openssl', certificate('stranger'));
      await run('openssl', [...certificate('localhost', 'ca'), '-addext', 'subjectAltName=DNS:localhost']);
      await run('openssl', certificate('shop', 'ca'));
    },
  };
  before(async function () {
    if (!isInstalled && process.env['CI'] !== 'true') this.skip();
    ({ port } = new URL((await startPostgres(options)).url));
  });

  const pem = (name: string): string => join(folder, name);

  /** What the server says of the connection, or why there is none. */
  const session = async (host: string, query: string): Promise<string> => {
    const url = `postgres://postgres@${host}:${port}/postgres?${query}`;
    const sequelize = connect({ url, currency: 'USD' });
    try {
      const [row] = await sequelize.query<{ ssl: boolean; client_dn: string | null }>(
        'SELECT ssl, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
        { type: QueryTypes.SELECT },
      );
      return `${row?.ssl === true ? 'encrypted' : 'plain'} ${row?.client_dn ?? 'nobody'}`;
    } catch (error) {
      return (error as { parent?: { code?: string } }).parent?.code ?? String(error);
    } finally {
      await sequelize.close();
    }
  };

  it('An encrypted connection to PostgreSQL is as strict as its mode says', async () => {
    const ca = `sslrootcert=${pem('ca.pem')}`;
    const stranger = `sslrootcert=${pem('stranger.pem')}`;
    const outcomes = {
      disable: await session('127.0.0.1', 'sslmode=disable'),
      require: await session('127.0.0.1', 'sslmode=require'),
      'require, another authority': await session('127.0.0.1', `sslmode=require&${stranger}`),
      'verify-ca': await session('127.0.0.1', `sslmode=verify-ca&${ca}`),
      'verify-ca, no authority': await session('127.0.0.1', 'sslmode=verify-ca'),
      'verify-full': await session('localhost', `sslmode=verify-full&${ca}`),
      'verify-full, another name': await session('127.0.0.1', `sslmode=verify-full&${ca}`),
      'no mode, another name': await session('127.0.0.1', ca),
    };
    const unknownAuthority = 'SELF_SIGNED_CERT_IN_CHAIN';
    expect(outcomes).to.deep.equal({
      disable: 'plain nobody',
      require: 'encrypted nobody',
      'require, another authority': unknownAuthority,
      'verify-ca': 'encrypted nobody',
      'verify-ca, no authority': unknownAuthority,
      'verify-full': 'encrypted nobody',
      'verify-full, another name': 'ERR_TLS_CERT_ALTNAME_INVALID',
      'no mode, another name': 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  it("An encrypted connection to PostgreSQL shows the shop's own certificate", async () => {
    const query = `sslmode=require&sslcert=${pem('shop.pem')}&sslkey=${pem('shop.key')}`;
    expect(await session('127.0.0.1', query)).to.equal('encrypted /CN=shop');
  });
});
