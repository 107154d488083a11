import { isDeepStrictEqual } from 'node:util';
import type { Actor } from '../actor.js';
import { toJsonColumn } from '../database/json-column.js';
import type { WriteTransaction } from '../database/writes.js';
import type { AuditAction, AuditSubject } from '../entities/audit-record.js';

/** What was changed, by whom. No secret may be in it: it is kept for long, and is shown to whoever may change things. */
export interface AuditEntry {
  id: string;
  organizationId: string;
  changedAt: number;
  action: AuditAction;
  actor: Actor;
  subject: AuditSubject;
  /** What the subject was like; null where it is new. */
  before: object | null;
  /** What it is like now; null where it is gone. */
  after: object | null;
}

/**
 * Writes a record of the audit log, in the transaction of the change: so there is none without the other. Of what was there
 * before and still is, it shows the keys that have changed.
 */
export async function appendAudit({ db }: WriteTransaction, entry: AuditEntry): Promise<void> {
  const { id, organizationId, changedAt, action, subject } = entry;
  const { kind, id: actorId, name, hint, address } = entry.actor;
  const { before, after } = whatChanged(entry);
  await db
    .insertInto('audit_records')
    .values({
      id,
      organization_id: organizationId,
      changed_at: changedAt,
      action,
      actor: toJsonColumn({ kind, id: actorId, name, hint }),
      address,
      subject: toJsonColumn(subject),
      before: toJsonColumn(before),
      after: toJsonColumn(after),
    })
    .execute();
}

function whatChanged({ before, after }: AuditEntry): Pick<AuditEntry, 'before' | 'after'> {
  if (before === null || after === null) return { before, after };
  return { before: withoutWhatIsIn(after, before), after: withoutWhatIsIn(before, after) };
}

function withoutWhatIsIn(other: object, one: object): object {
  const others = new Map(Object.entries(other));
  return Object.fromEntries(Object.entries(one).filter(([key, value]) => !isDeepStrictEqual(others.get(key), value)));
}
