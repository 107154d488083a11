import { sql } from 'kysely';
import type { Log } from '../log.js';
import type { Tables } from './connect.js';

/** The settings of PostgreSQL that a commit needs to survive a loss of power, in the order in which they cost most when they are off. */
const DURABILITY = ['fsync', 'full_page_writes', 'synchronous_commit'];

/** Warns where PostgreSQL is set so that a loss of power, or a crash of its machine, takes what was acknowledged, or damages the database. */
export async function warnOfUndurableSettings(db: Tables, log: Pick<Log, 'warn'>): Promise<void> {
  const { rows } = await sql<{ name: string; setting: string }>`
    select name, setting from pg_settings where name in (${sql.join(DURABILITY)}) and setting = 'off'`.execute(db);
  if (rows.length === 0) return;
  const settings = DURABILITY.filter((name) => rows.some((row) => row.name === name)).map((name) => `${name}=off`);
  const advice =
    'A loss of power may take events that publishEvent has answered for (synchronous_commit), or damage the database (fsync, full_page_writes). ' +
    'Turn them on, for this role and database too.';
  log.warn({ settings, advice }, 'database.undurable');
}
