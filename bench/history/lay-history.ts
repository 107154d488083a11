import 'reflect-metadata';
import { setImmediate } from 'node:timers/promises';
import { systemClock } from '../../src/clock.js';
import { connectDatabase } from '../../src/database/connect.js';
import { createIdSource } from '../../src/ids.js';
import { systemRandom } from '../../src/random.js';
import { EVENT_TYPE } from '../load/make-hook.js';
import type { BenchDatabase } from '../stage/bench-database.js';
import type { HistoryHook, HistoryWriter } from './history-writer.js';
import { openPostgresHistory } from './postgres-history.js';
import { openSqliteHistory } from './sqlite-history.js';

/** How many organizations a history has, each with a webhook and a hook, where the database has no hooks yet. */
const ORGANIZATION_COUNT = 100;

/** How long ago the first event was, where the database has none that are older than an hour: less than they are kept. */
const AGE_MS = 20 * 86_400_000;

const HOUR_MS = 3_600_000;

/** How many events are written together. */
const CHUNK = 10_000;

/**
 * Lays down what `count` delivered events leave: rows of events, deliveries that have succeeded, attempts and the log of
 * changes, past the API, because through it ten million would take hours. No server may run on the database meanwhile; one that
 * was never started on gets its tables. The events belong in turns to all hooks that are there, or to new ones where there are
 * none, and are of the past: after those that are there already and older than an hour, so that one history continues
 * another. `progress` hears how many are laid; where it throws, that ends it.
 */
export async function layHistory(
  database: Pick<BenchDatabase, 'settings'>,
  count: number,
  progress: (laidCount: number) => void,
): Promise<void> {
  const { DATA_DIR: dataDir = '', DATABASE_URL: databaseUrl } = database.settings;
  await makeTables(dataDir, databaseUrl);
  await using writer = await (databaseUrl === undefined ? openSqliteHistory(dataDir) : openPostgresHistory(databaseUrl));
  await writer.deal(await readOrMakeHooks(writer));
  const { startAt, stepMs } = await planTimes(writer, count);
  for (let from = 0; from < count; from += CHUNK) {
    progress(from);
    await writer.lay({ from, count: Math.min(CHUNK, count - from), startAt, stepMs });
    // SQLite works within this process: what waits for its turn here gets it.
    await setImmediate();
  }
  progress(count);
  await writer.settle();
}

async function makeTables(dataDir: string, databaseUrl: string | undefined): Promise<void> {
  const pool = { databasePoolSize: 2, databaseStatementTimeoutMs: 0, databaseNotifications: 'poll' } as const;
  const orm = await connectDatabase({ dataDir, databaseUrl, ...pool });
  await orm.close();
}

async function readOrMakeHooks(writer: HistoryWriter): Promise<HistoryHook[]> {
  const known = await writer.readHooks();
  if (known.length > 0) return known;
  const newId = createIdSource(systemClock, systemRandom);
  const hooks = Array.from({ length: ORGANIZATION_COUNT }, () => ({
    organizationId: newId(),
    webhookId: newId(),
    hookId: newId(),
    type: EVENT_TYPE,
  }));
  await writer.addHooks(hooks, systemClock.now() - AGE_MS);
  return hooks;
}

/** Half of the time that is left until an hour ago, so that what is laid later has its time too. */
async function planTimes(writer: HistoryWriter, count: number): Promise<{ startAt: number; stepMs: number }> {
  const endsAt = systemClock.now() - HOUR_MS;
  const lastId = await writer.readLastEventId(lowestIdAt(endsAt));
  const startAt = lastId === null ? endsAt - AGE_MS : Number.parseInt(lastId.slice(0, 8) + lastId.slice(9, 13), 16) + 1;
  return { startAt, stepMs: (endsAt - startAt) / 2 / count };
}

/** Sorts before all ids of that instant: a UUIDv7 begins with its milliseconds. */
function lowestIdAt(instant: number): string {
  const hex = instant.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
