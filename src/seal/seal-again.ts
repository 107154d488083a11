import { sql } from 'kysely';
import type { Orm, Tables } from '../database/connect.js';
import { inTransaction } from '../database/in-transaction.js';
import { runUntilAlone } from '../database/run-again.js';
import { beginSealing } from './begin-sealing.js';
import { SealError } from './seal-error.js';
import { isSealed, MARK, type SealPlace, type SealRing } from './seal-ring.js';

const own = sql.ref('t.organization_id');
const ofWebhook = sql`(select organization_id from webhooks where id = t.webhook_id)`;

/** What is sealed of organizations: where it is, and whose. */
const columns = {
  'webhooks.signing_secret': { table: 'webhooks', name: 'signing_secret', organizationId: own },
  'authentications.client_secret': { table: 'authentications', name: 'client_secret', organizationId: ofWebhook },
  'authentications.header_value_format': { table: 'authentications', name: 'header_value_format', organizationId: ofWebhook },
  'authentications.extra_parameters': { table: 'authentications', name: 'extra_parameters', organizationId: ofWebhook },
  'events.payload': { table: 'events', name: 'payload', organizationId: own },
} as const;

export type SealedAgainColumn = keyof typeof columns;

/** The columns of secrets: in none of them is anything ever in plain. */
export const secretColumns = [
  'webhooks.signing_secret',
  'authentications.client_secret',
  'authentications.header_value_format',
  'authentications.extra_parameters',
] as const;

/** What is not sealed by the first key of the ring: what is in plain, what is sealed by others, or both. */
export type Stale = 'plain' | 'sealed' | 'all';

/** What one step did. */
export interface SealStep {
  sealedCount: number;
  /** What could not be opened, and stays as it is. */
  unopened: readonly SealError[];
}

/** Rows for one transaction: so few that nobody waits for it. */
const ROWS_LIMIT = 100;

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/**
 * Seals what is stale in a column with the first key, in steps of at most 100 rows, each a transaction. It may end after any of them:
 * what is done is done, and whoever begins anew finds the rest. A row is changed only where it is still as it was read.
 */
export async function* sealAgain(orm: Orm, ring: SealRing, { column, stale }: { column: SealedAgainColumn; stale: Stale }) {
  for (let after = BEFORE_ALL; ;) {
    const rows = await readStale(orm.em.fork().getKysely(), ring, { column, stale, after });
    if (rows.length === 0) return;
    after = rows.at(-1)!.id;
    yield await runUntilAlone(() => inTransaction(orm, (_, db) => sealRows(db, ring, column, rows)));
  }
}

interface StaleRow {
  id: string;
  organizationId: string;
  stored: string;
}

async function readStale(
  db: Tables,
  { firstPrefix }: SealRing,
  { column, stale, after }: { column: SealedAgainColumn; stale: Stale; after: string },
): Promise<StaleRow[]> {
  const { table, name, organizationId } = columns[column];
  const stored = sql.ref(`t.${name}`);
  // Not `like`, which takes small letters for capitals on SQLite.
  const begins = (prefix: string) => sql`substr(${stored}, 1, ${sql.raw(String(prefix.length))}) = ${prefix}`;
  const isStale = {
    plain: sql`not ${begins(MARK)}`,
    sealed: sql`${begins(MARK)} and not ${begins(firstPrefix)}`,
    all: sql`not ${begins(firstPrefix)}`,
  }[stale];
  // A secret that is gone is empty.
  const { rows } = await sql<StaleRow>`
    select t.id, ${organizationId} as "organizationId", ${stored} as stored from ${sql.table(table)} as t
    where t.id > ${after} and ${stored} <> '' and ${isStale}
    order by t.id limit ${sql.raw(String(ROWS_LIMIT))}`.execute(db);
  return rows;
}

async function sealRows(db: Tables, ring: SealRing, column: SealedAgainColumn, rows: readonly StaleRow[]): Promise<SealStep> {
  const { table, name } = columns[column];
  const seal = await beginSealing(db, ring);
  const unopened: SealError[] = [];
  let sealedCount = 0;
  for (const { id, organizationId, stored } of rows) {
    const place = { organizationId, column, id };
    const text = isSealed(stored) ? tryToOpen(ring, stored, place) : stored;
    if (text instanceof SealError) {
      unopened.push(text);
      continue;
    }
    const { numAffectedRows } = await sql`
      update ${sql.table(table)} set ${sql.ref(name)} = ${seal(text, place)} where id = ${id} and ${sql.ref(name)} = ${stored}`.execute(db);
    sealedCount += Number(numAffectedRows);
  }
  return { sealedCount, unopened };
}

function tryToOpen(ring: SealRing, stored: string, place: SealPlace): string | SealError {
  try {
    return ring.open(stored, place);
  } catch (error) {
    if (error instanceof SealError) return error;
    throw error;
  }
}
