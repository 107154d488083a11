import type { EntityManager, Tables } from '../database/connect.js';
import type { HookHealth } from '../entities/hook-health.js';
import type { Feed } from './feed.js';
import { type Log, PAGE_LIMIT, type Span } from './log.js';
import { readHead, readLastPlace } from './read-head.js';

/** One entry of the log: a hook's health changed, or a hook that goes on failing is warned of once more. */
export interface HealthChange {
  /** Its place in the order of commits; a cursor stands for it. */
  sequence: number;
  organizationId: string;
  webhookId: string;
  hookId: string;
  /** After the change. */
  health: HookHealth;
  /** Milliseconds since the epoch. */
  changedAt: number;
}

/** Which changes a subscriber wants: those of one organization that fit all that is given. */
export interface HealthQuery {
  organizationId: string;
  webhookId?: string | null | undefined;
  hookId?: string | null | undefined;
}

/** The log of what became of hooks, behind `hookHealth`. */
export const healthLog: Log<HealthChange, HealthQuery> = {
  name: 'health',
  topic: 'health',
  readHead: (em) => readHead(em.getKysely(), 'hook_health_changes'),
  readLastPlace: (em) => readLastPlace(em.getKysely(), 'hook_health_changes'),
  readSpan: readHealthChanges,
  async readSpanOf(em, organizationIds, span) {
    return toChanges(await selectSpan(em.getKysely(), span).where('organization_id', 'in', organizationIds).execute());
  },
  fits: ({ webhookId, hookId }, change) =>
    (webhookId == null || change.webhookId === webhookId) && (hookId == null || change.hookId === hookId),
};

export type HealthFeed = Feed<HealthChange, HealthQuery>;

async function readHealthChanges(
  em: EntityManager,
  { organizationId, webhookId, hookId }: HealthQuery,
  span: Span,
): Promise<HealthChange[]> {
  let select = selectSpan(em.getKysely(), span).where('organization_id', '=', organizationId);
  if (webhookId != null) select = select.where('webhook_id', '=', webhookId);
  if (hookId != null) select = select.where('hook_id', '=', hookId);
  return toChanges(await select.execute());
}

function selectSpan(db: Tables, { after, upTo }: Span) {
  return db
    .selectFrom('hook_health_changes')
    .selectAll()
    .where('sequence', '>', after)
    .where('sequence', '<=', upTo)
    .orderBy('sequence')
    .limit(PAGE_LIMIT);
}

function toChanges(rows: Awaited<ReturnType<ReturnType<typeof selectSpan>['execute']>>): HealthChange[] {
  return rows.map((row) => ({
    sequence: row.sequence,
    organizationId: row.organization_id,
    webhookId: row.webhook_id,
    hookId: row.hook_id,
    health: { status: row.status, since: row.since, disabledReason: row.disabled_reason, disablesAt: row.disables_at },
    changedAt: row.changed_at,
  }));
}
