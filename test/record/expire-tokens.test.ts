import { expect, it } from 'vitest';
import { newId } from '../support/rows.js';
import { startRetention } from './start-retention.js';

it('stream tokens go once they have run out, slice by slice, and not sooner', async () => {
  await using running = await startRetention();
  const db = running.database.db();
  const { id: organizationId } = await db.selectFrom('organizations').select('id').executeTakeFirstOrThrow();
  const token = (expiresAt: number, name: string) => ({
    id: newId(),
    organization_id: organizationId,
    webhook_id: null,
    api_key_id: null,
    hash: name,
    created_at: 0,
    expires_at: expiresAt,
  });
  const runOut = Array.from({ length: 1200 }, (_, index) => token(running.nextPassAt - (index % 3), `old ${index}`));
  await db
    .insertInto('stream_tokens')
    .values([...runOut, token(running.nextPassAt + 1, 'young')])
    .execute();

  await running.pass();

  expect(await db.selectFrom('stream_tokens').select('hash').execute()).toEqual([{ hash: 'young' }]);
  expect(running.lines()).toMatchObject([{ msg: 'retention.passed', streamTokenCount: 1200 }]);
});
