import { sql } from 'kysely';
import type { EntityManager, Tables } from '../database/connect.js';
import { isPostgres } from '../database/is-postgres.js';
import { lastListed } from '../database/lists/new-rows.js';
import { changeList } from '../database/lists/owner-lists.js';
import { finalStatuses } from '../entities/delivery.js';
import { isStorable } from '../storable-text.js';
import type { Change, RecordedAttempt } from './change.js';
import type { ChangeQuery } from './change-query.js';
import { PAGE_LIMIT, type Span } from './log.js';

/**
 * Reads the next changes of a span of the log that fit the query, oldest first; less than a page when there are no
 * more. That the event, where one is named, is of the organization is the caller's to know.
 */
export async function readChanges(em: EntityManager, query: ChangeQuery, span: Span): Promise<Change[]> {
  const db = em.getKysely();
  return withAttempts(db, await selectChanges(db, query, span).execute());
}

/** As `readChanges`, all of some organizations. */
export async function readChangesOf(em: EntityManager, organizationIds: readonly string[], span: Span): Promise<Change[]> {
  const db = em.getKysely();
  return withAttempts(db, await selectSpan(db, span).where('organization_id', 'in', organizationIds).execute());
}

async function withAttempts(db: Tables, rows: Awaited<ReturnType<ReturnType<typeof selectSpan>['execute']>>): Promise<Change[]> {
  const attempts = await readAttempts(
    db,
    rows.map(({ attempt_id }) => attempt_id).filter((id) => id !== null),
  );
  return rows.map((row) => ({
    sequence: row.sequence,
    organizationId: row.organization_id,
    webhookId: row.webhook_id,
    hookId: row.hook_id,
    eventId: row.event_id,
    deliveryId: row.delivery_id,
    type: row.type,
    status: row.status,
    attempt: row.attempt_id === null ? null : (attempts.get(row.attempt_id) ?? null),
    changedAt: row.changed_at,
  }));
}

function selectChanges(db: Tables, query: ChangeQuery, span: Span) {
  const { organizationId, webhookId, hookId, eventId, types, kind } = query;
  // An event lies in one organization, and its few changes have an index of their own.
  let select =
    eventId != null
      ? selectSpan(db, span).where('event_id', '=', eventId)
      : isPostgres(db)
        ? selectSpan(db, span).where('organization_id', '=', organizationId)
        : selectListed(db, organizationId, span);
  if (webhookId != null) select = select.where('webhook_id', '=', webhookId);
  if (hookId != null) select = select.where('hook_id', '=', hookId);
  // Of no types there is nothing, which PostgreSQL takes no empty list for.
  const storable = types?.filter(isStorable);
  if (storable != null) select = storable.length === 0 ? select.where((eb) => eb.lit(false)) : select.where('type', 'in', storable);
  if (kind === 'ATTEMPTS') select = select.where('attempt_id', 'is not', null);
  if (kind === 'RESULTS') {
    // What `fits` says of a change in memory, in SQL.
    select = select
      .where('status', 'in', finalStatuses)
      .where((eb) => eb.or([eb('status', '!=', 'CANCELLED'), eb('attempt_id', 'is', null)]));
  }
  return select;
}

function selectSpan(db: Tables, { after, upTo }: Span) {
  const select = db.selectFrom('delivery_changes').selectAll().where('sequence', '>', after).where('sequence', '<=', upTo);
  return select.orderBy('sequence').limit(PAGE_LIMIT);
}

type ChangeRow = Awaited<ReturnType<ReturnType<typeof selectSpan>['execute']>>[number];

const columns = sql.raw('organization_id, webhook_id, hook_id, event_id, delivery_id, type, status, attempt_id, changed_at');

/** As `selectSpan`, of an organization and on SQLite: by its list, and what is new after it. Both are in order, so no more is read than is given. */
function selectListed(db: Tables, organizationId: string, { after, upTo }: Span): ReturnType<typeof selectSpan> {
  const changes = sql<ChangeRow>`(
    select l.sequence, ${columns} from ${sql.table(changeList.list)} as l cross join delivery_changes as c on c.sequence = l.sequence
    where l.owner_id = ${organizationId} and l.sequence > ${after} and l.sequence <= min(${upTo}, ${lastListed(changeList)})
    union all
    select sequence, ${columns} from delivery_changes
    where sequence > max(${after}, ${lastListed(changeList)}) and sequence <= ${upTo} and organization_id = ${organizationId}
  )`;
  return db.selectFrom(changes.as('delivery_changes')).selectAll().orderBy('sequence').limit(PAGE_LIMIT);
}

async function readAttempts(db: Tables, ids: readonly string[]): Promise<Map<string, RecordedAttempt>> {
  if (ids.length === 0) return new Map();

  const rows = await db.selectFrom('attempts').selectAll().where('id', 'in', ids).execute();
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        deliveryId: row.delivery_id,
        number: row.number,
        startedAt: row.started_at,
        durationMs: row.duration_ms,
        timing: row.timing,
        request: row.request,
        outcome: row.outcome,
      },
    ]),
  );
}
