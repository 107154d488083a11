import { expect, it } from 'vitest';
import { expireNextHealth } from '../../src/record/expire-health.js';
import { openTestDatabase } from '../support/database.js';
import { idOf } from '../support/ids.js';

it("deletes the log of hooks' health up to an instant, slice by slice, the oldest first", async () => {
  await using database = await openTestDatabase();
  const rows = Array.from({ length: 2500 }, (_, index) => ({
    organization_id: idOf('o'),
    webhook_id: idOf('w'),
    hook_id: idOf('h'),
    status: 'HEALTHY' as const,
    since: null,
    disabled_reason: null,
    disables_at: null,
    changed_at: index,
    sequence: index + 1,
  }));
  for (let from = 0; from < rows.length; from += 500) {
    await database
      .db()
      .insertInto('hook_health_changes')
      .values(rows.slice(from, from + 500))
      .execute();
  }

  const counts: number[] = [];
  for (let slice = 0; slice < 3; slice += 1) {
    counts.push(await database.writes.transaction((_, tx) => expireNextHealth(tx, 1800)));
  }

  expect(counts).toEqual([1000, 800, 0]);
  const left = await database.db().selectFrom('hook_health_changes').select('changed_at').orderBy('sequence').execute();
  expect(left.map(({ changed_at }) => changed_at)).toEqual(rows.slice(1800).map(({ changed_at }) => changed_at));
});
