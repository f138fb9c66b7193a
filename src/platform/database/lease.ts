import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { QueryTypes, type Sequelize } from 'sequelize';
import { isTransient } from './database-errors.js';

export interface LeaseOptions {
  /** How long the lease outlives its holder's last renewal. */
  readonly durationMs?: number;
  /** How often waiting processes check whether it is free. */
  readonly pollMs?: number;
}

/** Throws if the lease may have been lost because it could not be renewed in time. */
export type HoldsLease = () => void;

/** Milliseconds since 1970 on the database's clock, by dialect: the clocks of the competing processes need not agree. */
export const DATABASE_NOW: Readonly<Record<string, string>> = {
  mysql: 'CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)',
  postgres: 'CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)',
  sqlite: "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
};

const MAX_ATTEMPTS = 5;

const makeLeases = (sequelize: Sequelize): Promise<unknown> => {
  const quote = (name: string): string => sequelize.getQueryInterface().quoteIdentifier(name);
  return sequelize.query(
    `CREATE TABLE IF NOT EXISTS leases (${quote('name')} VARCHAR(64) NOT NULL, ${quote('holder')} CHAR(36) NULL,
      ${quote('expiresAt')} BIGINT NOT NULL, CONSTRAINT leases_pkey PRIMARY KEY (${quote('name')}))`,
  );
};

const leaseRow = (sequelize: Sequelize, name: string) => {
  const queryInterface = sequelize.getQueryInterface();
  const quote = (identifier: string): string => queryInterface.quoteIdentifier(identifier);
  const clock = DATABASE_NOW[sequelize.getDialect()] ?? '';
  const holder = randomUUID();

  const update = async (sql: string, replacements: Record<string, unknown>): Promise<boolean> => {
    const touched = await sequelize.query(`UPDATE leases SET ${sql}`, {
      type: QueryTypes.BULKUPDATE,
      replacements: { ...replacements, name, holder },
    });
    return touched === 1;
  };

  const isMade = async (): Promise<boolean> => {
    if (!(await queryInterface.tableExists('leases'))) return false;
    const sql = `SELECT 1 FROM leases WHERE ${quote('name')} = :name`;
    return (await sequelize.query(sql, { type: QueryTypes.SELECT, replacements: { name } })).length > 0;
  };

  return {
    /**
     * Creates the row unless it exists. Of several concurrent calls one succeeds; the others fail in ways that differ by
     * database.
     */
    async make(): Promise<void> {
      for (let attempt = 1; !(await isMade()); attempt += 1) {
        try {
          await makeLeases(sequelize);
          await sequelize.query(
            `INSERT INTO leases (${quote('name')}, ${quote('holder')}, ${quote('expiresAt')}) VALUES (:name, NULL, 0)`,
            { replacements: { name } },
          );
        } catch (error) {
          if (attempt === MAX_ATTEMPTS) throw error;
        }
      }
    },
    /** Takes the lease if it is free or has expired. */
    claim: (durationMs: number): Promise<boolean> =>
      update(
        `${quote('holder')} = :holder, ${quote('expiresAt')} = ${clock} + :durationMs
         WHERE ${quote('name')} = :name AND ${quote('expiresAt')} <= ${clock}`,
        { durationMs },
      ),
    /** Renews the lease, unless another process has taken it meanwhile. */
    renew: (durationMs: number): Promise<boolean> =>
      update(
        `${quote('expiresAt')} = ${clock} + :durationMs
         WHERE ${quote('name')} = :name AND ${quote('holder')} = :holder`,
        { durationMs },
      ),
    release: (): Promise<boolean> =>
      update(
        `${quote('holder')} = NULL, ${quote('expiresAt')} = 0 WHERE ${quote('name')} = :name AND ${quote('holder')} = :holder`,
        {},
      ),
  };
};

/**
 * Runs `work` while it holds the lease of that name: one process at a time, the others wait. The lease is a row, renewed while
 * `work` runs, and expires after its holder has died; a server's own lock (GET_LOCK) would cover one node only.
 */
export const withLease = async <T>(
  sequelize: Sequelize,
  name: string,
  work: (holds: HoldsLease) => Promise<T>,
  { durationMs = 15_000, pollMs = 200 }: LeaseOptions = {},
): Promise<T> => {
  const row = leaseRow(sequelize, name);
  await row.make();
  let claimedAt = performance.now();
  // On Galera a claim may end in a deadlock with one that was made on another node: then that node has the lease.
  const claim = async (): Promise<boolean> => {
    try {
      return await row.claim(durationMs);
    } catch (error) {
      if (isTransient(error)) return false;
      throw error;
    }
  };
  while (!(await claim())) {
    await sleep(pollMs * (0.5 + Math.random()));
    claimedAt = performance.now();
  }

  const renew = async (): Promise<void> => {
    const startedAt = performance.now();
    if (await row.renew(durationMs)) claimedAt = startedAt;
  };
  // A failed renewal is retried; `holds` throws once that has gone on for too long.
  let renewal: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    renewal = renew().catch(() => undefined);
  }, durationMs / 4);
  try {
    return await work(() => {
      if (performance.now() - claimedAt >= durationMs)
        throw new Error(`the lease ${name} ran out while it was needed`);
    });
  } finally {
    clearInterval(timer);
    await renewal;
    // A lease that cannot be released expires; the result of the work matters more.
    await row.release().catch(() => undefined);
  }
};
