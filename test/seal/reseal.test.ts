import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/log.js';
import { systemRandom } from '../../src/random.js';
import { beginSealing } from '../../src/seal/begin-sealing.js';
import { openRing } from '../../src/seal/open-ring.js';
import { type ResealEnd, type ResealStep, reseal } from '../../src/seal/reseal.js';
import { idOfKey, isSealed, SealRing } from '../../src/seal/seal-ring.js';
import { StoredPayloads } from '../../src/seal/stored-payloads.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { ManualClock } from '../support/manual-clock.js';
import { onPostgres } from '../support/postgres.js';
import { newId } from '../support/rows.js';
import { countByKey, organizationId, putWebhooks, secretOf } from './sealed-webhooks.js';

const [OLD, NEW] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const options = { clock: new ManualClock(), encryptPayloads: false };

const open = ({ orm, dataDir }: TestDatabase, ...encryptionKeys: Buffer[]) =>
  openRing({ encryptionKeys, dataDir }, { orm, random: systemRandom, log: createLog('silent') });

async function keyIds({ db }: TestDatabase): Promise<string[]> {
  return (await db().selectFrom('seal_keys').select('id').execute()).map(({ id }) => id);
}

/** Resolves when a statement waits for another transaction. */
async function untilWaiting({ db }: TestDatabase): Promise<void> {
  for (;;) {
    const { rows } = await sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db());
    if (rows.length > 0) return;
  }
}

/** Goes on to the end; `meanwhile` is done between two steps. */
async function resealAll(
  database: TestDatabase,
  ring: SealRing,
  { meanwhile, encryptPayloads = false }: { meanwhile?: () => Promise<unknown>; encryptPayloads?: boolean } = {},
): Promise<ResealEnd & { steps: number[] }> {
  const steps: number[] = [];
  const resealing = reseal(database.orm, ring, { ...options, encryptPayloads });
  for (;;) {
    const { done, value } = await resealing.next();
    if (done === true) return { ...value, steps };
    steps.push(value.sealedCount);
    await meanwhile?.();
  }
}

describe('re-sealing', () => {
  it('seals all with the first key, in steps of a hundred, and drops the other key', async () => {
    await using database = await openTestDatabase();
    const ids = await putWebhooks(database, OLD, 250);
    const ring = await open(database, NEW, OLD);

    const end = await resealAll(database, ring);

    expect(end).toEqual({ steps: [100, 100, 50], droppedIds: [idOfKey(OLD)], keptIds: [] });
    expect(await countByKey(database)).toEqual({ [idOfKey(NEW)]: 250 });
    const alone = await open(database, NEW);
    const rows = await database.db().selectFrom('webhooks').select(['id', 'signing_secret']).execute();
    const opened = rows.map(({ id, signing_secret: stored }) =>
      alone.open(stored, { organizationId, column: 'webhooks.signing_secret', id }),
    );
    expect(opened.toSorted()).toEqual(ids.map(secretOf).toSorted());
  });

  it('goes on where it was cut off, and until it is through the other key is needed', async () => {
    await using database = await openTestDatabase();
    await putWebhooks(database, OLD, 250);
    const ring = await open(database, NEW, OLD);
    const cutOff = reseal(database.orm, ring, options);
    await cutOff.next();
    await cutOff.next();

    const between = await countByKey(database);
    const withoutOld = open(database, NEW);

    expect(between).toEqual({ [idOfKey(NEW)]: 200, [idOfKey(OLD)]: 50 });
    await expect(withoutOld).rejects.toThrow(`was sealed with the key ${idOfKey(OLD)}, which is not in ENCRYPTION_KEYS`);
    expect(await resealAll(database, await open(database, NEW, OLD))).toEqual({ steps: [50], droppedIds: [idOfKey(OLD)], keptIds: [] });
    expect(await countByKey(database)).toEqual({ [idOfKey(NEW)]: 250 });
  });

  it('does nothing a second time', async () => {
    await using database = await openTestDatabase();
    await putWebhooks(database, OLD, 3);
    const ring = await open(database, NEW, OLD);
    await resealAll(database, ring);

    const again = await resealAll(database, ring);

    expect(again).toEqual({ steps: [], droppedIds: [], keptIds: [] });
  });

  it('keeps a key that a server seals with meanwhile, and drops it the next time', async () => {
    await using database = await openTestDatabase();
    await putWebhooks(database, OLD, 1);
    const ring = await open(database, NEW, OLD);

    let putting: Promise<unknown> | undefined;
    const first = await resealAll(database, ring, { meanwhile: () => (putting ??= putWebhooks(database, OLD, 1)) });
    const second = await resealAll(database, ring);

    expect(first).toMatchObject({ droppedIds: [], keptIds: [idOfKey(OLD)] });
    expect(second).toMatchObject({ droppedIds: [idOfKey(OLD)], keptIds: [] });
    expect(await countByKey(database)).toEqual({ [idOfKey(NEW)]: 2 });
  });

  it.runIf(onPostgres)('leaves what a server has saved between the read and the write', async () => {
    await using database = await openTestDatabase();
    const [id] = await putWebhooks(database, OLD, 1);
    const ring = await open(database, NEW, OLD);
    const place = { organizationId, column: 'webhooks.signing_secret', id: id! } as const;
    const other = await database.db().startTransaction().execute();
    await other
      .updateTable('webhooks')
      .set({ signing_secret: ring.seal('newer', place) })
      .execute();

    const resealing = resealAll(database, ring);
    await untilWaiting(database);
    await other.commit().execute();

    expect(await resealing).toEqual({ steps: [0], droppedIds: [idOfKey(OLD)], keptIds: [] });
    const [row] = await database.db().selectFrom('webhooks').select('signing_secret').execute();
    expect(ring.open(row!.signing_secret, place)).toBe('newer');
  });

  it.runIf(onPostgres)('waits for who is just sealing with the other key, and then seals that again', async () => {
    await using database = await openTestDatabase();
    await putWebhooks(database, OLD, 1);
    const ring = await open(database, NEW, OLD);
    const [row] = await database.db().selectFrom('webhooks').selectAll().execute();
    const id = newId();
    const other = await database.db().startTransaction().execute();
    const seal = await beginSealing(other, new SealRing([OLD], systemRandom));
    const signing_secret = seal(secretOf(id), { organizationId, column: 'webhooks.signing_secret', id });

    const resealing = resealAll(database, ring);
    await untilWaiting(database);
    await other
      .insertInto('webhooks')
      .values({ ...row!, id, signing_secret })
      .execute();
    await other.commit().execute();

    expect(await resealing).toEqual({ steps: [2], droppedIds: [idOfKey(OLD)], keptIds: [] });
    expect(await countByKey(database)).toEqual({ [idOfKey(NEW)]: 2 });
  });

  it('tells what does not open, leaves it, and keeps the other key', async () => {
    await using database = await openTestDatabase();
    const [broken, whole] = await putWebhooks(database, OLD, 2);
    const [{ stored }] = (
      await sql<{ stored: string }>`select signing_secret as stored from webhooks where id = ${whole!}`.execute(database.db())
    ).rows as [{ stored: string }];
    await sql`update webhooks set signing_secret = ${stored} where id = ${broken!}`.execute(database.db());
    const ring = await open(database, NEW, OLD);
    const resealing = reseal(database.orm, ring, options);

    const step = await resealing.next();
    const end = await resealing.next();

    expect(step.value).toMatchObject({ column: 'webhooks.signing_secret', sealedCount: 1 });
    expect((step.value as ResealStep).unopened.map(({ message }) => message)).toEqual([
      `webhooks.signing_secret of ${broken!} does not open: it was changed, or comes from another place.`,
    ]);
    expect(end).toEqual({ done: true, value: { droppedIds: [], keptIds: [idOfKey(OLD)] } });
    expect(await keyIds(database)).toHaveLength(2);
  });

  it.each([
    { encryptPayloads: false, left: 1, title: 'leaves payloads in plain as they are, and seals the others again' },
    { encryptPayloads: true, left: 0, title: 'seals payloads in plain too, where that is set' },
  ])('$title', async ({ encryptPayloads, left }) => {
    await using database = await openTestDatabase();
    await putWebhooks(database, OLD, 1);
    const old = new StoredPayloads(new SealRing([OLD], systemRandom), true);
    const events = ['{"n":1}', '{"n":2}'].map((payload) => ({ id: newId(), organizationId, payload }));
    await database.writes.transaction(async (_, { db }) => {
      const sealed = await old.beginWriting(db);
      const [first, second] = events;
      const of = { organization_id: organizationId, type: 't', created_at: 0 };
      await db
        .insertInto('events')
        .values([
          { ...of, id: first!.id, payload: sealed(first!) },
          { ...of, id: second!.id, payload: second!.payload },
        ])
        .execute();
    });
    const ring = await open(database, NEW, OLD);

    const end = await resealAll(database, ring, { encryptPayloads });

    const rows = await database
      .db()
      .selectFrom('events')
      .select(['id', 'organization_id as organizationId', 'payload'])
      .orderBy('id')
      .execute();
    const opening = new StoredPayloads(await open(database, NEW), false);
    expect(end.droppedIds).toEqual([idOfKey(OLD)]);
    expect(rows.map((row) => opening.open(row))).toEqual(['{"n":1}', '{"n":2}']);
    expect(rows.filter(({ payload }) => !isSealed(payload))).toHaveLength(left);
  });
});
