import { expect } from 'chai';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { misspeltVariables, readConfig, VARIABLES } from '#src/main/config/index.js';
import { CONTEXT_NAMES } from '#src/main/contexts.js';
import { mailerOf } from '#src/main/mailer.js';
import { SERVICE_NAMES } from '#src/main/services.js';

const KEY = { JWT_PRIVATE_KEY: generateSigningKey() };

describe('The configuration', () => {
  it('The configuration needs nothing: without any variable it is a shop on the embedded database', () => {
    const config = readConfig({});
    expect(config).to.deep.include({ port: 3000, publicUrl: 'http://localhost:3000', administrator: null });
    expect(config.database).to.include({ url: 'sqlite:./data/portico.db', embedded: true });
    expect(config.demoData).to.equal(true);
  });

  it('The configuration has an issuer of tokens that belongs to the shop, whatever the port of the process', () => {
    const issuerOf = (env: Record<string, string>) => readConfig(env).tokenIssuer;
    expect(issuerOf({ PORT: '3001' })).to.equal(issuerOf({ PORT: '3002' }));
    expect(issuerOf({ PORT: '3001', PUBLIC_URL: 'https://shop.example/' })).to.equal('https://shop.example');
  });

  it('The configuration lets orders wait for eight hours, ten of each customer', () => {
    expect(readConfig({}).pendingOrders).to.deep.equal({ ttl: 28_800, max: 10 });
  });

  it('The configuration treats an empty variable as unset', () => {
    expect(readConfig(Object.fromEntries(Object.keys(VARIABLES).map((name) => [name, ''])))).to.deep.equal(
      readConfig({}),
    );
  });

  it('The configuration ignores what it does not know', () => {
    expect(readConfig({ SHELL: '/bin/sh', PORTS: '1' } as Record<string, string>)).to.deep.equal(
      readConfig({}),
    );
  });

  for (const [name, value] of [
    ['PORT', 'eighty'],
    ['PORT', '65536'],
    ['PORT', '80.5'],
    ['PUBLIC_URL', 'shop.example'],
    ['PUBLIC_URL', 'https://shop.example/?a=1'],
    ['PUBLIC_URL', `https://shop.example/${'a'.repeat(235)}`],
    ['DATABASE_POOL_MAX', '0'],
    ['DATABASE_LOCK_TIMEOUT_MS', '-1'],
    ['SHOP_CURRENCY', 'usd'],
    ['SHOP_CURRENCY', 'EURO'],
    ['ADMIN_EMAIL', 'somebody'],
    ['ADMIN_PASSWORD', 'short'],
    ['ADMIN_PASSWORD', 'Password123'],
    ['ACCESS_TOKEN_TTL', '1h'],
    ['BCRYPT_COST', '31'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'null'],
    ['CORS_ORIGINS', 'https://shop.example/'],
    ['CORS_ORIGINS', 'https://*.shop.example'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', '-1'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', '10.0.0.1,'],
    ['RATE_LIMITS', 'sometimes'],
    ['RATE_LIMIT_PER_MINUTE', '0'],
    ['RATE_LIMIT_STORE', 'memcached'],
    ['REDIS_URL', 'localhost:6379'],
    ['REDIS_URL', 'redis://shop:p@ss/w#rd@localhost'],
    ['EVENTS_URL', 'amqp://broker.shop.example'],
    ['EVENTS_URL', 'nats://:secret@broker.shop.example'],
    ['EVENTS_STREAM', 'shop.events'],
    ['SMTP_URL', 'mail.shop.example'],
    ['SMTP_URL', 'smtp://shop:p@ss/w#rd@mail.shop.example'],
    ['SMTP_URL', 'smtp://shop:p@ss?w@mail.shop.example'],
    ['SMTP_URL', 'smtp://shop:secret@mail.shop.example?tls=never'],
    ['MAIL_FROM', 'The shop'],
    ['MAIL_FROM', 'Shop <no-reply@shop.example>\r\nBcc: <all@shop.example>'],
    ['PASSWORD_RESET_URL', 'https://shop.example/reset'],
    ['PASSWORD_RESET_URL', 'https://{token}.shop.example/'],
    ['PASSWORD_RESET_URL', 'javascript:alert({token})'],
    ['EMAIL_VERIFY_URL', 'https://shop.example/{token}/{token}'],
    ['REQUIRE_VERIFIED_EMAIL', 'perhaps'],
    ['PENDING_ORDER_TTL', '-1'],
    ['PENDING_ORDER_TTL', '8h'],
    ['PENDING_ORDERS_MAX', '-1'],
    ['PENDING_ORDERS_MAX', '1001'],
    ['DEMO_DATA', 'perhaps'],
    ['OPERATIONS_PORT', '65536'],
    ['SHUTDOWN_DELAY', '1.5'],
    ['MAX_EVENT_LOOP_DELAY_MS', '-1'],
    ['WORKERS', '0'],
    ['WORKERS', '65'],
    ['LOG_LEVEL', 'loud'],
    ['SERVICE', 'orders'],
    ['SERVICE', 'toString'],
    ['USER_URL', 'localhost:3001'],
    ['USER_URL', 'redis://localhost'],
    ['CUSTOMER_URL', 'http://customer/api'],
    ['PRODUCT_URL', 'http://product/?a=1'],
    ['PRODUCT_URL', 'http://product/#a'],
    ['TRANSACTION_URL', 'http://shop:secret@transaction'],
    ['SERVICES_SECRET', 'too short'],
    ['SERVICES_SECRET', 'changeme'.repeat(8)],
  ] as const) {
    it(`The configuration stops at ${name}=${value} with one line that names it and says what would be right`, () => {
      expect(() => readConfig({ [name]: value })).to.throw(`${name} must be ${VARIABLES[name].right}`);
    });
  }

  for (const [url, problem] of [
    ['postgres:', 'cannot be read'],
    ['mysql://', 'names no host'],
    ['sqlite:', 'names no file'],
    ['shop.db', 'must begin with sqlite:'],
    ['mysql://shop:p@ss/w#rd@db/shop', 'escape special characters'],
    ['postgres://shop:p@ss?w@db/shop', 'escape special characters'],
    ['mysql://shop:12/w@db/shop', 'escape special characters'],
    ['mariadb://shop:p/w@db/shop', 'escape special characters'],
    ['mysql://shop:p@db/shop#1', 'escape special characters'],
  ] as const)
    it(`The configuration stops at DATABASE_URL=${url} with one line that says what is wrong`, () => {
      expect(() => readConfig({ DATABASE_URL: url, ...KEY })).to.throw(
        new RegExp(`^DATABASE_URL is wrong: the database URL .*${problem}.*$`),
      );
    });

  it('The configuration takes a password with escaped special characters, and an @ as it is', () => {
    for (const DATABASE_URL of ['mysql://shop:p%40ss%2Fw%23rd%3F@db/shop', 'mysql://shop:p@ss@db/shop'])
      expect(readConfig({ DATABASE_URL, ...KEY }).database.url).to.equal(DATABASE_URL);
  });

  it('The configuration reports all invalid variables, each in a line and once', () => {
    const wrong = {
      PORT: 'eighty',
      ADMIN_EMAIL: 'nobody',
      ADMIN_PASSWORD: 'long enough',
      SMTP_URL: 'smtp://mail.test',
    };
    const database = { DATABASE_URL: 'mysql://db/shop' };
    const lines = (env: object): readonly string[] => {
      try {
        readConfig(env);
        return [];
      } catch (error) {
        return (error as Error).message.split('\n');
      }
    };
    expect(lines({ ...wrong, ...database }).map((line) => line.split(' ')[0])).to.have.members([
      ...['PORT', 'ADMIN_EMAIL', 'MAIL_FROM', 'JWT_PRIVATE_KEY'],
    ]);
    // Whether a key is required depends on the database.
    expect(lines({ DATABASE_URL: 'mysql:' })).to.have.length(1);
  });

  it('The configuration recognises a misspelt variable', () => {
    const misspelt = { DATABSE_URL: '', Port: '', PORTS: '', TRUST_PROXIES: '', JWT_PRIVAT_KEY: '' };
    expect(Object.fromEntries(misspeltVariables(misspelt))).to.deep.equal({
      DATABSE_URL: 'DATABASE_URL',
      Port: 'PORT',
      PORTS: 'PORT',
      JWT_PRIVAT_KEY: 'JWT_PRIVATE_KEY',
    });
    const usual = [
      'PATH',
      'HOME',
      'USER',
      'PWD',
      'HOSTNAME',
      'NODE_OPTIONS',
      'NODE_VERSION',
      'LOGNAME',
      'npm_config_user_agent',
    ];
    expect(
      misspeltVariables(Object.fromEntries([...usual, ...Object.keys(VARIABLES)].map((name) => [name, '']))),
    ).to.deep.equal([]);
  });

  it('The configuration never repeats the value that is wrong: it may be a secret', () => {
    const secret = 's3cret';
    for (const name of Object.keys(VARIABLES)) {
      let message = '';
      try {
        readConfig({ [name]: `mysql://${secret}\0` });
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message, name).not.to.contain(secret);
      expect(message.split('\n'), name).to.have.length(1);
    }
  });

  it('The configuration takes the administrator whole: neither the address nor the password without the other', () => {
    expect(() => readConfig({ ADMIN_EMAIL: 'a@shop.test' })).to.throw(
      'ADMIN_PASSWORD is required when ADMIN_EMAIL is set',
    );
    expect(() => readConfig({ ADMIN_PASSWORD: 'long enough' })).to.throw(
      'ADMIN_EMAIL is required when ADMIN_PASSWORD is set',
    );
  });

  it('The configuration takes no variable of more than 65536 characters', () => {
    for (const name of Object.keys(VARIABLES))
      expect(() => readConfig({ [name]: `a${'\u0344\u0316'.repeat(40_000)}` }), name).to.throw(
        `${name} must have at most 65536 characters`,
      );
  });

  it('The configuration requires signing keys on every database that is not embedded', () => {
    const servers = ['mysql', 'mariadb', 'postgres', 'postgresql'];
    for (const DATABASE_URL of servers.map((scheme) => `${scheme}://root@localhost/shop`)) {
      expect(() => readConfig({ DATABASE_URL })).to.throw('JWT_PRIVATE_KEY is required');
      expect(readConfig({ DATABASE_URL, ...KEY }).database.embedded).to.equal(false);
    }
    for (const DATABASE_URL of ['memory:', 'sqlite:shop.db'])
      expect(readConfig({ DATABASE_URL }).database.embedded).to.equal(true);
  });

  it('The configuration has demo data on the embedded database only, neither in production nor when configured otherwise', () => {
    for (const DATABASE_URL of ['sqlite:shop.db', 'memory:'])
      expect(readConfig({ DATABASE_URL }).demoData).to.equal(true);
    expect(readConfig({ DEMO_DATA: 'false' }).demoData).to.equal(false);
    expect(readConfig({ NODE_ENV: 'production' }).demoData).to.equal(false);
    expect(readConfig({ NODE_ENV: 'production', DEMO_DATA: 'true' }).demoData).to.equal(true);
    const DATABASE_URL = 'mysql://root@localhost/shop';
    expect(readConfig({ DATABASE_URL, DEMO_DATA: 'true', ...KEY }).demoData).to.equal(false);
  });

  it('The configuration accepts a mail server only with its sender, and no other mailer in production', () => {
    const SMTP_URL = 'smtp://mail.shop.example';
    expect(() => readConfig({ SMTP_URL })).to.throw('MAIL_FROM is required when SMTP_URL is set');
    const from = (MAIL_FROM: string) => readConfig({ SMTP_URL, MAIL_FROM }).mail.from;
    expect(from('no-reply@shop.example')).to.deep.equal({ name: '', address: 'no-reply@shop.example' });
    expect(from('Shop, Ltd <no-reply@shop.example>')).to.deep.equal({
      name: 'Shop, Ltd',
      address: 'no-reply@shop.example',
    });
    expect(from('Bücher <shop@xn--bcher-kva.example>').address).to.equal('shop@bücher.example');
    for (const odd of ['shop\u200b@shop.example', 'Shop <shop@localhost>', 'shop@[192.0.2.1]'])
      expect(() => from(odd), odd).to.throw('MAIL_FROM must be');
    const mailer = (env: Record<string, string>) => mailerOf(readConfig(env));
    expect(mailer({ NODE_ENV: 'production' })).to.equal(null);
    expect(mailer({ NODE_ENV: 'production', SMTP_URL, MAIL_FROM: 'a@shop.example' })).not.to.equal(null);
    expect(mailer({})).not.to.equal(null);
  });

  it("The configuration knows each currency's decimals from ISO 4217", () => {
    const digits = (code: string) => readConfig({ SHOP_CURRENCY: code }).currency.digits;
    expect([digits('USD'), digits('JPY'), digits('KWD'), digits('HUF')]).to.deep.equal([2, 0, 3, 2]);
  });

  it('The configuration says what is wrong with a signing key, and takes one whose line ends are escaped', () => {
    const broken = KEY.JWT_PRIVATE_KEY.replace('\n', '\nAAAA');
    expect(() => readConfig({ JWT_PRIVATE_KEY: broken })).to.throw(
      /^JWT_PRIVATE_KEY is wrong: signing key 1/,
    );
    expect(() => readConfig({ JWT_PRIVATE_KEY: KEY.JWT_PRIVATE_KEY.replaceAll('\n', '\\n') })).not.to.throw();
  });

  it('The configuration reads a number of proxies, or who they are', () => {
    const trusted = (TRUST_PROXY: string) => readConfig({ TRUST_PROXY }).trustProxy;
    expect(trusted('2')).to.equal(2);
    expect(trusted('loopback, 10.0.0.0/8,2001:db8::1')).to.deep.equal([
      'loopback',
      '10.0.0.0/8',
      '2001:db8::1',
    ]);
  });

  it('The configuration counts requests in the process, in Redis when there is one, or in the database when configured so', () => {
    const storeOf = (env: Record<string, string>) => readConfig(env).rateLimits?.store;
    const REDIS_URL = 'redis://localhost';
    expect(storeOf({})).to.equal('process');
    expect(storeOf({ REDIS_URL })).to.equal('redis');
    expect(storeOf({ REDIS_URL, RATE_LIMIT_STORE: 'database' })).to.equal('database');
    expect(() => storeOf({ RATE_LIMIT_STORE: 'redis' })).to.throw(
      'REDIS_URL is required when RATE_LIMIT_STORE is redis',
    );
    expect(readConfig({ RATE_LIMITS: 'off' }).rateLimits).to.equal(null);
  });

  it('The configuration keeps the port of operators apart from that of clients', () => {
    const portOf = (env: Record<string, string>) => readConfig(env).operationsPort;
    expect(portOf({})).to.equal(null);
    expect(portOf({ OPERATIONS_PORT: '9090' })).to.equal(9090);
    expect(portOf({ PORT: '0', OPERATIONS_PORT: '0' })).to.equal(0);
    for (const env of [{ OPERATIONS_PORT: '3000' }, { PORT: '9090', OPERATIONS_PORT: '9090' }])
      expect(() => portOf(env)).to.throw('OPERATIONS_PORT must be');
  });

  describe('of a service', () => {
    const SERVICES_SECRET = 'e2c1d3b4a5968778695a4b3c2d1e0f00';
    const MARIADB = { DATABASE_URL: 'mariadb://root@localhost/shop', SERVICES_SECRET };

    it('The configuration is that of the whole shop without SERVICE, whatever else is set for services', () => {
      const config = readConfig({ USER_URL: 'http://user', SERVICES_SECRET, DATA_DIR: '/srv/data' });
      expect({ ...config, serviceDatabases: null }).to.deep.equal({
        ...readConfig({}),
        serviceDatabases: null,
      });
      expect(config.service).to.equal(null);
      expect(config.contexts).to.deep.equal(CONTEXT_NAMES);
    });

    it('The configuration knows the databases of all services, where a move looks for them', () => {
      const USER_DATABASE_URL = 'mariadb://root@localhost/people';
      const { serviceDatabases } = readConfig({ USER_DATABASE_URL, DATA_DIR: '/srv/data' });
      expect(serviceDatabases).to.deep.equal({
        user: USER_DATABASE_URL,
        customer: 'sqlite:/srv/data/customer.db',
        product: 'sqlite:/srv/data/product.db',
        transaction: 'sqlite:/srv/data/transaction.db',
      });
      for (const PRODUCT_DATABASE_URL of ['memory:', 'shop.db'])
        expect(() => readConfig({ PRODUCT_DATABASE_URL })).to.throw('PRODUCT_DATABASE_URL is wrong');
    });

    for (const [name, port, contexts] of [
      ['user', 3001, ['audit', 'accounts', 'privacy', 'webhooks']],
      ['customer', 3002, ['customers']],
      ['product', 3003, ['catalog']],
      ['transaction', 3004, ['cart', 'ordering']],
    ] as const)
      it(`The configuration of the ${name} service needs nothing: it has a port and an embedded database of its own`, () => {
        const config = readConfig({ SERVICE: name });
        expect(config.port).to.equal(port);
        expect(config.contexts).to.deep.equal(contexts);
        expect(config.database).to.include({ url: `sqlite:./data/services/${name}.db`, embedded: true });
        expect(config.service).to.deep.equal({
          name,
          urls: {
            user: 'http://127.0.0.1:3001',
            customer: 'http://127.0.0.1:3002',
            product: 'http://127.0.0.1:3003',
            transaction: 'http://127.0.0.1:3004',
          },
          secret: null,
          dataDir: './data/services',
        });
        expect(readConfig({ SERVICE: name, PORT: '80', DATA_DIR: '/srv' })).to.deep.include({
          port: 80,
          database: { ...config.database, url: `sqlite:/srv/${name}.db` },
        });
      });

    it('The configuration of the gateway has the port of the shop, no context and no database', () => {
      const config = readConfig({ SERVICE: 'gateway' });
      expect(config).to.deep.include({ port: 3000, contexts: [], publicUrl: 'http://localhost:3000' });
      expect(config.database.url).to.equal('memory:');
      for (const DATABASE_URL of ['sqlite:shop.db', 'mysql://localhost/shop'])
        expect(() => readConfig({ SERVICE: 'gateway', DATABASE_URL, SERVICES_SECRET })).to.throw(
          /^DATABASE_URL must be unset with SERVICE=gateway, which has no database$/,
        );
      expect(() => readConfig({ SERVICE: 'gateway', RATE_LIMIT_STORE: 'database' })).to.throw(
        /^RATE_LIMIT_STORE must be process or redis with SERVICE=gateway/,
      );
    });

    it('The configuration of every service has the URL of the gateway, which is not derived from its own port', () => {
      for (const SERVICE of SERVICE_NAMES) {
        expect(readConfig({ SERVICE }).publicUrl).to.equal('http://localhost:3000');
        expect(readConfig({ SERVICE }).tokenIssuer).to.equal(readConfig({}).tokenIssuer);
      }
      expect(readConfig({ SERVICE: 'product', PORT: '8080' }).publicUrl).to.equal('http://localhost:3000');
      expect(readConfig({ SERVICE: 'gateway', PORT: '8080' }).publicUrl).to.equal('http://localhost:8080');
    });

    it('The configuration of services takes origins, with a slash at the end as well', () => {
      const urls = { USER_URL: 'https://user.internal/', CUSTOMER_URL: 'http://[::1]:80' };
      const { service } = readConfig({ SERVICE: 'gateway', ...urls, SERVICES_SECRET });
      expect(service?.urls).to.include({ user: 'https://user.internal', customer: 'http://[::1]' });
    });

    it('The configuration of a service requires the secret unless all services of this machine can share a file', () => {
      const problem = /^SERVICES_SECRET is required unless .*: at least 32 random characters[^\n]*$/;
      const secretOf = (env: Record<string, string>) => readConfig({ ...KEY, ...env }).service?.secret;
      for (const SERVICE of SERVICE_NAMES) {
        expect(secretOf({ SERVICE })).to.equal(null);
        expect(secretOf({ SERVICE, SERVICES_SECRET })).to.equal(SERVICES_SECRET);
        for (const url of ['http://product:3003', 'http://10.0.0.3:3003', 'http://127.0.0.1.nip.io'])
          expect(() => secretOf({ SERVICE, PRODUCT_URL: url }), url).to.throw(problem);
        for (const url of ['http://localhost:1', 'http://127.9.9.9', 'http://[::1]:3003'])
          expect(secretOf({ SERVICE, PRODUCT_URL: url }), url).to.equal(null);
      }
      expect(() => secretOf({ SERVICE: 'product', ...MARIADB, SERVICES_SECRET: '' })).to.throw(problem);
      expect(() => secretOf({ SERVICE: 'product', DATABASE_URL: 'mysql:' })).not.to.throw('SERVICES_SECRET');
    });

    it('The configuration of a service requires only what the service needs', () => {
      for (const SERVICE of ['customer', 'product', 'transaction']) {
        const env = { SERVICE, ...MARIADB, ADMIN_EMAIL: 'a@shop.test', SMTP_URL: 'smtp://mail.shop.example' };
        expect(readConfig(env)).to.include({ administrator: null, jwtPrivateKey: null });
      }
      const user = { SERVICE: 'user', ...MARIADB };
      expect(() => readConfig(user)).to.throw(/^JWT_PRIVATE_KEY is required[^\n]*$/);
      expect(() => readConfig({ ...user, ...KEY, ADMIN_EMAIL: 'a@shop.test' })).to.throw('ADMIN_PASSWORD');
      expect(() => readConfig({ ...user, ...KEY, SMTP_URL: 'smtp://mail.shop.example' })).to.throw(
        'MAIL_FROM',
      );
      const administrator = { ADMIN_EMAIL: 'a@shop.test', ADMIN_PASSWORD: 'long enough' };
      expect(readConfig({ SERVICE: 'user', ...administrator }).administrator?.password).to.equal(
        'long enough',
      );
      expect(readConfig({ SERVICE: 'product', ...administrator }).administrator).to.equal(null);
    });

    it('The configuration has demo data in the service with the catalogue only', () => {
      const withDemo = SERVICE_NAMES.filter((SERVICE) => readConfig({ SERVICE }).demoData);
      expect(withDemo).to.deep.equal(['product']);
    });

    it('The configuration lets the gateway have several workers, and no service in memory', () => {
      expect(readConfig({ SERVICE: 'gateway', WORKERS: '2' }).workers).to.equal(2);
      expect(() => readConfig({ SERVICE: 'product', DATABASE_URL: 'memory:', WORKERS: '2' })).to.throw(
        'WORKERS',
      );
    });
  });

  it('The configuration reads several origins', () => {
    const { corsOrigins } = readConfig({ CORS_ORIGINS: 'https://a.example, http://localhost:8080' });
    expect(corsOrigins).to.deep.equal(['https://a.example', 'http://localhost:8080']);
  });
});
