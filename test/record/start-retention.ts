import type { RootOperationNode } from 'kysely';
import type { Tables } from '../../src/database/connect.js';
import type { TransactionWork, Writes } from '../../src/database/writes.js';
import { Retention, type RetentionOptions } from '../../src/record/retention.js';
import { openTestDatabase } from '../support/database.js';
import { keepLog } from '../support/log.js';
import { HurriedClock } from './hurried-clock.js';
import { putHook } from './retention-rows.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How long a test's retention keeps events unless it says otherwise: 30 days. */
export const RETENTION_MS = 30 * 24 * HOUR;

/** The same of the audit log: 365 days. */
export const AUDIT_RETENTION_MS = 365 * 24 * HOUR;

/** Stands around each step: called with what runs it. */
type Around = (run: () => Promise<void>) => Promise<void>;

interface Setting extends Partial<Pick<RetentionOptions, 'retentionMs' | 'clock'>> {
  around?: Around;
  /** Sees each statement of the steps before it is run. */
  see?: (statement: RootOperationNode, db: Tables) => void;
}

/** A started retention on a real database; its passes come when they are asked for. */
export async function startRetention({ around = (run) => run(), see, ...options }: Setting = {}) {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await openTestDatabase());
  await putHook(database);
  const clock = new HurriedClock();
  const { log, lines } = keepLog();
  const writes = watched(database.writes, around, see);
  const times = {
    retentionMs: RETENTION_MS,
    auditRetentionMs: AUDIT_RETENTION_MS,
    idempotencyWindowMs: 24 * HOUR,
    attemptTimeoutMs: 15_000,
  };
  const retention = new Retention({ doesChores: () => true, writes, clock, log, ...times, ...options });
  stack.defer(() => retention.stop());
  retention.start();
  let nextPassAt = clock.now() + MINUTE;

  return {
    database,
    clock,
    retention,
    lines,
    /** The instant by which the next pass judges what is old. */
    get nextPassAt() {
      return nextPassAt;
    },
    /** Lets the next pass come and waits for its end. */
    async pass(): Promise<void> {
      const passed = clock.timerSet(HOUR);
      clock.set(nextPassAt);
      await passed;
      nextPassAt = clock.now() + HOUR;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function watched(writes: Writes, around: Around, see: Setting['see']): Pick<Writes, 'upkeep'> {
  return {
    async upkeep<Result>(work: TransactionWork<Result>): Promise<Result> {
      let result: Result;
      await around(async () => {
        result = await writes.upkeep((em, tx) => work(em, see === undefined ? tx : { ...tx, db: seen(tx.db, see) }));
      });
      return result!;
    },
  };
}

function seen(db: Tables, see: NonNullable<Setting['see']>): Tables {
  return db.withPlugin({
    transformQuery({ node }) {
      see(node, db);
      return node;
    },
    transformResult: async ({ result }) => result,
  });
}
