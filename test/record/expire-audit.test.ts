import { expect, it } from 'vitest';
import { appendAudit, type AuditEntry } from '../../src/audit/append-audit.js';
import { createIdSource } from '../../src/ids.js';
import { systemRandom } from '../../src/random.js';
import { ADMIN_ACTOR } from '../support/actor.js';
import { idOf } from '../support/ids.js';
import { ManualClock } from '../support/manual-clock.js';
import { AUDIT_RETENTION_MS, RETENTION_MS, startRetention } from './start-retention.js';

it('records of the audit log go once they are older than their own setting says, slice by slice, and not sooner', async () => {
  await using running = await startRetention();
  const cutoff = running.nextPassAt - AUDIT_RETENTION_MS;
  const idsAt = (instant: number) => createIdSource(new ManualClock(instant), systemRandom);
  const oldIds = idsAt(cutoff - 5);
  const records = [
    ...Array.from({ length: 1200 }, (_, index) => ({ id: oldIds(), name: `old ${index}` })),
    { id: idsAt(cutoff)(), name: 'at the cutoff' },
    { id: idsAt(running.nextPassAt - RETENTION_MS - 1)(), name: 'younger' },
  ];
  await running.database.writes.transaction(async (_, tx) => {
    for (const { id, name } of records) await appendAudit(tx, recordOf(id, name));
  });

  await running.pass();

  const kept = await running.database.db().selectFrom('audit_records').select('after').orderBy('id').execute();
  expect(kept.map(({ after }) => (typeof after === 'string' ? JSON.parse(after) : after).name)).toEqual(['at the cutoff', 'younger']);
  expect(running.lines()).toMatchObject([{ msg: 'retention.passed', auditRecordCount: 1200 }]);
});

function recordOf(id: string, name: string): AuditEntry {
  const subject = { kind: 'ORGANIZATION', id: idOf('o'), name } as const;
  const entry = { id, organizationId: idOf('o'), changedAt: 0, actor: ADMIN_ACTOR, subject };
  return { ...entry, action: 'ORGANIZATION_CREATED', before: null, after: { name } };
}
