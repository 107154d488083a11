import { describe, expect, it } from 'vitest';
import { onPostgres } from '../support/postgres.js';
import { attemptOf, openServers, publishTo, readRows, readStates, type ServerParts } from '../support/server-parts.js';
import { EVERYTHING } from '../../src/reach.js';
import { JsonInput } from '../../src/json/json-input.js';

const HOUR = 3_600_000;

describe.runIf(onPostgres)('an idempotency key that two servers get at the same moment', () => {
  it('stands for one event: the later answers with that of the sooner', async () => {
    await using shared = await openServers([0, 0]);
    const [a, b] = shared.servers as [ServerParts, ServerParts];
    const hookId = await shared.makeHook();

    const sooner = publishTo(a, shared, hookId, { idempotencyKey: 'k' });
    const held = a.hold();
    await held.reached;
    const later = publishTo(b, shared, hookId, { idempotencyKey: 'k' });
    await shared.untilWaiting(1);
    held.letGo();

    const { event } = await sooner;
    expect(await later).toMatchObject({ duplicate: true, event: { id: event.id } });
    expect(await readRows(a, hookId)).toMatchObject([{ event: { id: event.id } }]);
    expect(b.woken).toEqual([]);
  });

  it('refuses the later where it is another event', async () => {
    await using shared = await openServers([0, 0]);
    const [a, b] = shared.servers as [ServerParts, ServerParts];
    const hookId = await shared.makeHook();

    const sooner = publishTo(a, shared, hookId, { idempotencyKey: 'k', name: 'one' });
    const held = a.hold();
    await held.reached;
    const later = publishTo(b, shared, hookId, { idempotencyKey: 'k', name: 'other' });
    await shared.untilWaiting(1);
    held.letGo();

    await sooner;
    await expect(later).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await readRows(a, hookId)).toHaveLength(1);
  });

  it('is one of many that two bulks have in another order, and neither fails', async () => {
    await using shared = await openServers([0, 0]);
    const [a, b] = shared.servers as [ServerParts, ServerParts];
    const hookId = await shared.makeHook();
    const drafts = Array.from({ length: 300 }, (_, n) => ({
      type: hookId,
      payload: new JsonInput({ name: `${n}` }),
      idempotencyKey: `k${n}`,
    }));

    const [one, other] = await Promise.all([
      a.publisher.publishEvents({ id: shared.organizationId, reach: EVERYTHING }, drafts),
      b.publisher.publishEvents({ id: shared.organizationId, reach: EVERYTHING }, drafts.toReversed()),
    ]);

    expect(other.toReversed().map(({ event }) => event.id)).toEqual(one.map(({ event }) => event.id));
    expect(await readRows(a, hookId)).toHaveLength(300);
  });

  it('is given anew by one of them alone once it has run out', async () => {
    await using shared = await openServers([0, 0]);
    const [a, b] = shared.servers as [ServerParts, ServerParts];
    const hookId = await shared.makeHook();
    const { event: first } = await publishTo(a, shared, hookId, { idempotencyKey: 'k' });
    for (const { clock } of shared.servers) clock.advance(24 * HOUR);

    const sooner = publishTo(a, shared, hookId, { idempotencyKey: 'k' });
    const held = a.hold();
    await held.reached;
    const later = publishTo(b, shared, hookId, { idempotencyKey: 'k' });
    await shared.untilWaiting(1);
    held.letGo();

    const { event: second, duplicate } = await sooner;
    expect([duplicate, second.id === first.id]).toEqual([false, false]);
    expect(await later).toMatchObject({ duplicate: true, event: { id: second.id } });
  });
});

describe.runIf(onPostgres)('what two servers publish into one line', () => {
  it('has one that is due, and the other waits for it', async () => {
    await using shared = await openServers([0, 0]);
    const [a, b] = shared.servers as [ServerParts, ServerParts];
    const hookId = await shared.makeHook('BY_KEY');

    const sooner = publishTo(a, shared, hookId, { name: 'sooner', key: 'k' });
    const held = a.hold();
    await held.reached;
    const later = publishTo(b, shared, hookId, { name: 'later', key: 'k' });
    await shared.untilWaiting(1);
    held.letGo();
    await Promise.all([sooner, later]);

    expect(await readStates(a, hookId)).toEqual({ sooner: 'DUE', later: 'WAITING' });
    expect([a.woken.length, b.woken.length]).toEqual([1, 0]);
  });

  it('is due where the one before ends at that moment on the other', async () => {
    await using shared = await openServers([0, 0]);
    const [a, b] = shared.servers as [ServerParts, ServerParts];
    const hookId = await shared.makeHook('STRICT');
    await publishTo(a, shared, hookId, { name: 'first' });
    const [first] = await readRows(a, hookId);

    const recording = a.recorder.record(attemptOf(a, first!));
    const held = a.hold();
    await held.reached;
    const publishing = publishTo(b, shared, hookId, { name: 'second' });
    await shared.untilWaiting(1);
    held.letGo();
    await Promise.all([recording, publishing]);

    expect(await readStates(a, hookId)).toEqual({ first: 'FINAL', second: 'DUE' });
    expect(b.woken).toHaveLength(1);
  });

  it('is released where the one before ends while it is being published on the other', async () => {
    await using shared = await openServers([0, 0]);
    const [a, b] = shared.servers as [ServerParts, ServerParts];
    const hookId = await shared.makeHook('STRICT');
    await publishTo(a, shared, hookId, { name: 'first' });
    const [first] = await readRows(a, hookId);

    const publishing = publishTo(b, shared, hookId, { name: 'second' });
    const held = b.hold();
    await held.reached;
    const recording = a.recorder.record(attemptOf(a, first!));
    await shared.untilWaiting(1);
    held.letGo();
    await Promise.all([recording, publishing]);

    expect(await readStates(a, hookId)).toEqual({ first: 'FINAL', second: 'DUE' });
  });

  it('waits for nothing where the hook loses its order at that moment', async () => {
    await using shared = await openServers([0]);
    const [a] = shared.servers as [ServerParts];
    const hookId = await shared.makeHook('BY_KEY');
    await publishTo(a, shared, hookId, { name: 'first', key: 'k' });

    await using change = await shared.beginOther(`update hooks set ordering = 'NONE' where id = '${hookId}'`);
    const publishing = publishTo(a, shared, hookId, { name: 'second', key: 'k' });
    await shared.untilWaiting(1);
    await change.commit();
    await publishing;

    expect(await readRows(a, hookId)).toMatchObject([
      { name: 'first', orderingKey: 'k', state: 'DUE' },
      { name: 'second', orderingKey: null, state: 'DUE' },
    ]);
  });

  it('goes in the order published, although the clock of the one is an hour ahead', async () => {
    await using shared = await openServers([0, HOUR]);
    const [behind, ahead] = shared.servers as [ServerParts, ServerParts];
    const hookId = await shared.makeHook('BY_KEY');

    await publishTo(ahead, shared, hookId, { name: '1', key: 'k' });
    await publishTo(ahead, shared, hookId, { name: '2', key: 'k' });
    await publishTo(behind, shared, hookId, { name: '3', key: 'k' });
    await publishTo(ahead, shared, hookId, { name: '4', key: 'k' });
    await publishTo(behind, shared, hookId, { name: '5', key: 'k' });

    const rows = await readRows(behind, hookId);
    expect(rows.map(({ name, state }) => `${name} ${state}`)).toEqual(['1 DUE', '2 WAITING', '3 WAITING', '4 WAITING', '5 WAITING']);
  });

  it('leaves hooks without an order to themselves: nobody waits', async () => {
    await using shared = await openServers([0, 0]);
    const [a, b] = shared.servers as [ServerParts, ServerParts];
    const hookId = await shared.makeHook();

    const sooner = publishTo(a, shared, hookId, { name: 'sooner', key: 'k' });
    const held = a.hold();
    await held.reached;
    await publishTo(b, shared, hookId, { name: 'later', key: 'k' });
    held.letGo();
    await sooner;

    expect((await readRows(a, hookId)).map(({ state }) => state)).toEqual(['DUE', 'DUE']);
  });
});

describe.runIf(onPostgres)('what one server publishes while another changes what hooks there are', () => {
  it('is owed to those that there are when it is written, although it was planned for those of before', async () => {
    await using shared = await openServers([0]);
    const [a] = shared.servers as [ServerParts];
    const hookId = await shared.makeHook('STRICT');
    await publishTo(a, shared, hookId, { name: 'first' });
    const added = a.newId();
    const columns = 'organization_id, webhook_id, type, method, endpoint, status, position, ordering, created_at';

    // It has planned when it waits for the hook, whose order it needs.
    await using change = await shared.beginOther(`
      select from hooks where id = '${hookId}' for no key update;
      insert into hooks (id, ${columns}) select '${added}', ${columns} from hooks where id = '${hookId}';
      update organizations set catalog_version = '${a.newId()}'`);
    const publishing = publishTo(a, shared, hookId, { name: 'second' });
    await shared.untilWaiting(1);
    await change.commit();
    const { event } = await publishing;

    expect(await readRows(a, added)).toMatchObject([{ name: 'second', state: 'DUE', event: { id: event.id } }]);
    expect(await readStates(a, hookId)).toEqual({ first: 'DUE', second: 'WAITING' });
    expect(a.woken).toHaveLength(2);
  });
});
