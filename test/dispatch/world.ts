import type { KyselyPlugin } from 'kysely';
import { expect } from 'vitest';
import { type ConfigureParts } from '../../src/configure/parts.js';
import { pauseHook, resumeHook } from '../../src/configure/pause-hook.js';
import { Dispatcher } from '../../src/dispatch/dispatcher.js';
import { allShards, soleLeadership } from '../../src/lead/leadership.js';
import { tellWithin } from '../../src/lead/tell-leaders.js';
import type { Ordering } from '../../src/entities/hook.js';
import type { RateLimit } from '../../src/entities/rate-limit.js';
import { CallerError } from '../../src/errors.js';
import { createIdSource } from '../../src/ids.js';
import { createLog } from '../../src/log.js';
import { Publisher } from '../../src/publish/publisher.js';
import { systemRandom } from '../../src/random.js';
import type { ByHandParts } from '../../src/record/by-hand.js';
import { cancelDelivery } from '../../src/record/cancel-delivery.js';
import { retryDelivery } from '../../src/record/retry-delivery.js';
import type { AttemptReport, OpenDelivery } from '../../src/send/attempt.js';
import type { Outcome } from '../../src/send/outcome.js';
import { EVERYTHING } from '../../src/reach.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { idOf } from '../support/ids.js';
import { ADMIN_ACTOR } from '../support/actor.js';
import { ManualClock } from '../support/manual-clock.js';
import { makeRecorder } from '../support/recorder.js';
import { makeReport } from '../support/attempt-report.js';
import { makeSchemaChecks } from '../support/schema-checks.js';
import { plainPayloads, sealedSecret, testRing } from '../support/test-ring.js';
import { JsonInput } from '../../src/json/json-input.js';

/** One thing that happens. What it points at is taken modulo what is there, so that every history makes sense. */
export type Step =
  | { kind: 'publish'; hook: number; count: number; key: string | null }
  | { kind: 'answer'; which: number; with: 'OK' | 'ERROR' | 'SLOW_DOWN' | 'SILENCE' | 'GONE' }
  | { kind: 'advance' | 'setBack'; ms: number }
  | { kind: 'pause' | 'resume'; hook: number }
  | { kind: 'retry' | 'cancel'; which: number }
  | { kind: 'crash'; answering: boolean };

const answered = (status: number, retryAfter?: string): Outcome => ({
  kind: 'RESPONSE_RECEIVED',
  status,
  headers: retryAfter === undefined ? [] : [{ name: 'retry-after', value: retryAfter }],
  body: '',
  bodyTruncated: false,
});

const outcomes: Record<'OK' | 'ERROR' | 'SLOW_DOWN' | 'SILENCE' | 'GONE', Outcome> = {
  OK: answered(200),
  ERROR: answered(500),
  SLOW_DOWN: answered(429, '3'),
  SILENCE: { kind: 'TIMED_OUT', message: '' },
  GONE: answered(410),
};

interface HookModel {
  id: string;
  type: string;
  inFlightLimit: number;
  ordering: Ordering;
  rateLimit: RateLimit | null;
}

const hooks: HookModel[] = [
  { id: 'plain', type: 't0', inFlightLimit: 3, ordering: 'NONE', rateLimit: null },
  { id: 'keyed', type: 't1', inFlightLimit: 16, ordering: 'BY_KEY', rateLimit: null },
  { id: 'strict', type: 't2', inFlightLimit: 16, ordering: 'STRICT', rateLimit: null },
  { id: 'limited', type: 't3', inFlightLimit: 16, ordering: 'NONE', rateLimit: { deliveries: 2, per: 'SECOND' } },
].map((hook) => ({ ...hook, id: idOf(hook.id) }) as HookModel);

const IN_FLIGHT_LIMIT = 12;
const ORGANIZATION = '00000000-0000-7000-8000-00000000000a';
const WEBHOOK = '00000000-0000-7000-8000-00000000000b';
const HOUR = 3_600_000;

/** An attempt on the wire. */
interface OnTheWire {
  delivery: OpenDelivery;
  startedAt: number;
  /** Whether its delivery was cancelled meanwhile: nobody waits for it any more, not even where a person opened the delivery again. */
  isCancelled: boolean;
  end: (outcome: Outcome) => void;
}

/** Hooks of every kind on a real database with a real dispatcher, and what must be true of them. The wire and the time are the test's. */
export class World implements AsyncDisposable {
  readonly #database: TestDatabase;
  readonly #clock = new ManualClock();
  readonly #newId;
  readonly #publisher: Publisher;
  readonly #published = new Map<string, string>();
  /** Deliveries that a person opened again: they stand out of their order. */
  readonly #reopened = new Set<string>();
  readonly #held = new Set<string>();
  #dispatcher!: Dispatcher;
  #wire: OnTheWire[] = [];
  #starts: OnTheWire[] = [];
  #activity = 0;
  /** Statements of the dispatcher that wait for the database. */
  #readCount = 0;

  private constructor(database: TestDatabase) {
    this.#database = database;
    this.#newId = createIdSource(this.#clock, systemRandom);
    this.#publisher = new Publisher({
      writes: database.writes,
      clock: this.#clock,
      newId: this.#newId,
      payloads: plainPayloads,
      // No type here has a schema, so it starts nothing.
      schemas: makeSchemaChecks(),
      wake: (deliveries) => this.#dispatcher.accept(deliveries),
    });
  }

  static async make(): Promise<World> {
    const world = new World(await openTestDatabase());
    await world.#insertHooks();
    await world.#startDispatcher();
    return world;
  }

  async take(step: Step): Promise<void> {
    this.#starts = [];
    switch (step.kind) {
      case 'publish': {
        const { id, type } = hooks[step.hook]!;
        const drafts = Array.from({ length: step.count }, () => ({ type, payload: new JsonInput({}), orderingKey: step.key }));
        for (const { event } of await this.#publisher.publishEvents({ id: ORGANIZATION, reach: EVERYTHING }, drafts))
          this.#published.set(event.id, id);
        break;
      }
      case 'answer':
        if (this.#wire.length > 0) this.#end(this.#wire[step.which % this.#wire.length]!, outcomes[step.with]);
        break;
      case 'advance':
        this.#clock.advance(step.ms);
        break;
      case 'setBack':
        this.#clock.set(this.#clock.now() - step.ms);
        break;
      case 'pause':
        await pauseHook(this.#configureParts(), { id: hooks[step.hook]!.id, reach: ADMIN_ACTOR });
        break;
      case 'resume':
        await resumeHook(this.#configureParts(), { id: hooks[step.hook]!.id, reach: ADMIN_ACTOR });
        break;
      case 'crash':
        // What is answered at the last moment is recorded or not, as chance has it.
        if (step.answering && this.#wire.length > 0) this.#end(this.#wire[0]!, outcomes.OK);
        await this.#crash();
        break;
      case 'retry':
      case 'cancel':
        await this.#byHand(step);
        break;
    }
    await this.#quiet();
  }

  /** What must be true after every step. */
  async check(): Promise<void> {
    const deliveries = await this.#database.db().selectFrom('deliveries').selectAll().orderBy('id').execute();
    const attempts = await this.#database.db().selectFrom('attempts').selectAll().orderBy('delivery_id').orderBy('number').execute();

    // Each event that was acknowledged owes its hook exactly one delivery.
    expect(Map.groupBy(deliveries, ({ event_id }) => event_id).size).toBe(deliveries.length);
    expect(new Map(deliveries.map(({ event_id, hook_id }) => [event_id, hook_id]))).toEqual(this.#published);

    // Open and final are told apart, and attempts are numbered without a gap.
    for (const { status, next_attempt_at } of deliveries)
      expect(next_attempt_at !== null).toBe(status === 'PENDING' || status === 'RETRYING');
    const numbers = Map.groupBy(attempts, ({ delivery_id }) => delivery_id);
    for (const { id, attempt_count } of deliveries) {
      expect((numbers.get(id) ?? []).map(({ number }) => number)).toEqual(Array.from({ length: attempt_count }, (_, index) => index + 1));
    }

    // None is on the wire twice, and the limits hold.
    const wireIds = this.#wire.map(({ delivery }) => delivery.deliveryId);
    expect(new Set(wireIds).size).toBe(wireIds.length);
    expect(wireIds.length).toBeLessThanOrEqual(IN_FLIGHT_LIMIT);
    for (const { id, inFlightLimit, ordering } of hooks) {
      const count = this.#wire.filter(({ delivery }) => delivery.hookId === id).length;
      expect(count).toBeLessThanOrEqual(ordering === 'STRICT' ? 1 : inFlightLimit);
    }

    // A hook that is held gets nothing new.
    const held = await this.#database.db().selectFrom('hooks').select('id').where('status', 'in', ['PAUSED', 'DISABLED']).execute();
    for (const { id } of held) {
      if (this.#held.has(id)) expect(this.#starts.filter(({ delivery }) => delivery.hookId === id)).toEqual([]);
    }
    this.#held.clear();
    for (const { id } of held) this.#held.add(id);

    // What has an order keeps it: all before are final when one is sent.
    for (const { delivery } of this.#starts) {
      if (delivery.orderingKey === null || this.#reopened.has(delivery.deliveryId)) continue;
      const before = deliveries.filter(
        ({ id, hook_id, ordering_key }) => hook_id === delivery.hookId && ordering_key === delivery.orderingKey && id < delivery.deliveryId,
      );
      expect(before.filter(({ id, next_attempt_at }) => next_attempt_at !== null && !this.#reopened.has(id))).toEqual([]);
    }
    const lines = this.#wire.filter(({ delivery, isCancelled }) => delivery.orderingKey !== null && !isCancelled);
    expect(new Set(lines.map(({ delivery }) => `${delivery.hookId} ${delivery.orderingKey}`)).size).toBe(lines.length);
  }

  /** Lets everything end well: all hooks resumed, every answer 200, and all the time that is needed. */
  async settle(): Promise<void> {
    for (const index of hooks.keys()) await this.take({ kind: 'resume', hook: index });
    for (let round = 0; round < 200 && (await this.openIds()).length > 0; round += 1) {
      this.#starts = [];
      while (this.#wire.length > 0) this.#end(this.#wire[0]!, outcomes.OK);
      await this.#quiet();
      if (this.#wire.length > 0) continue;
      this.#starts = [];
      this.#clock.advance(round < 50 ? 1000 : HOUR);
      await this.#quiet();
    }
    await this.check();
  }

  async openIds(): Promise<string[]> {
    const open = await this.#database.db().selectFrom('deliveries').select('id').where('next_attempt_at', 'is not', null).execute();
    return open.map(({ id }) => id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stopDispatcher();
    await this.#database[Symbol.asyncDispose]();
  }

  async #byHand({ kind, which }: { kind: 'retry' | 'cancel'; which: number }): Promise<void> {
    const deliveries = await this.#database.db().selectFrom('deliveries').select(['id', 'next_attempt_at']).orderBy('id').execute();
    const chosen = deliveries[which % Math.max(1, deliveries.length)];
    if (chosen === undefined) return;
    try {
      await (kind === 'retry' ? retryDelivery : cancelDelivery)(this.#byHandParts(), { id: chosen.id, reach: EVERYTHING });
      if (kind === 'retry' && chosen.next_attempt_at === null) this.#reopened.add(chosen.id);
      for (const attempt of this.#wire) if (kind === 'cancel' && attempt.delivery.deliveryId === chosen.id) attempt.isCancelled = true;
    } catch (error) {
      if (!(error instanceof CallerError)) throw error;
    }
  }

  /** The server is gone in the middle of whatever it did; what was on the wire is answered to nobody. */
  async #crash(): Promise<void> {
    await this.#stopDispatcher();
    this.#wire = [];
    await this.#startDispatcher();
  }

  /** Without waiting for the wire. What was being written at that moment is written before anything else begins. */
  async #stopDispatcher(): Promise<void> {
    const stopped = this.#dispatcher.stop(0);
    this.#clock.advance(0);
    await stopped;
    await this.#database.writes.settle();
  }

  async #startDispatcher(): Promise<void> {
    const recorder = makeRecorder({
      writes: this.#database.writes,
      clock: this.#clock,
      newId: this.#newId,
      retryScheduleMs: [1000, 5000, 60_000, HOUR],
      disableAfterMs: 24 * HOUR,
    });
    this.#dispatcher = new Dispatcher({
      db: () => {
        return this.#database.db().withPlugin(this.#countReads());
      },
      ring: testRing,
      payloads: plainPayloads,
      clock: this.#clock,
      log: createLog('silent'),
      recorder,
      send: (delivery) => this.#send(delivery),
      inFlightLimit: IN_FLIGHT_LIMIT,
      leadership: soleLeadership,
      hookIsRemoved: () => {},
      isStorageFailing: () => false,
    });
    await this.#dispatcher.taken(allShards);
  }

  #send(delivery: OpenDelivery): Promise<AttemptReport> {
    this.#activity += 1;
    const startedAt = this.#clock.now();
    return new Promise((resolve) => {
      const end = (outcome: Outcome) => resolve(makeReport(outcome, startedAt));
      const started = { delivery, startedAt, isCancelled: false, end };
      this.#wire.push(started);
      this.#starts.push(started);
    });
  }

  #end(attempt: OnTheWire, outcome: Outcome): void {
    this.#wire = this.#wire.filter((other) => other !== attempt);
    attempt.end(outcome);
  }

  /** Notes each statement that the dispatcher begins, and that it has ended. */
  #countReads(): KyselyPlugin {
    return {
      transformQuery: ({ node }) => {
        this.#activity += 1;
        this.#readCount += 1;
        return node;
      },
      transformResult: async ({ result }) => {
        this.#readCount -= 1;
        return result;
      },
    };
  }

  /** Waits until nothing goes on any more but what waits for the wire or the clock. */
  async #quiet(): Promise<void> {
    for (let before = -1; this.#readCount > 0 || before !== this.#activity + this.#database.writes.commitCount;) {
      before = this.#activity + this.#database.writes.commitCount;
      for (let turn = 0; turn < 8; turn += 1) await new Promise(setImmediate);
      await this.#database.writes.settle();
    }
  }

  #byHandParts(): ByHandParts {
    return {
      writes: this.#database.writes,
      clock: this.#clock,
      feed: { append() {} },
      tellLeaders: tellWithin((signals) => this.#dispatcher.apply(signals)),
    };
  }

  #configureParts(): ConfigureParts {
    return {
      writes: this.#database.writes,
      clock: this.#clock,
      newId: this.#newId,
      ring: testRing,
      healthFeed: { append() {} },
      disableAfterMs: 24 * HOUR,
      tellLeaders: tellWithin((signals) => this.#dispatcher.apply(signals)),
    } as Partial<ConfigureParts> as ConfigureParts;
  }

  async #insertHooks(): Promise<void> {
    const db = this.#database.db();
    await db.insertInto('organizations').values({ id: ORGANIZATION, name: 'o', created_at: 0 }).execute();
    const webhook = { id: WEBHOOK, organization_id: ORGANIZATION, name: 'w', description: '' };
    await db
      .insertInto('webhooks')
      .values({ ...webhook, signing_secret: sealedSecret(ORGANIZATION, WEBHOOK), created_at: 0, updated_at: 0, deleted_at: null })
      .execute();
    for (const [position, { id, type, inFlightLimit, ordering, rateLimit }] of hooks.entries()) {
      await db
        .insertInto('event_types')
        .values({ id: idOf(type), organization_id: ORGANIZATION, name: type, description: '', version: 1, created_at: 0, updated_at: 0 })
        .execute();
      await db
        .insertInto('hooks')
        .values({
          id,
          organization_id: ORGANIZATION,
          webhook_id: WEBHOOK,
          type,
          method: 'POST',
          endpoint: 'http://127.0.0.1/',
          status: 'ACTIVE',
          position,
          in_flight_limit: inFlightLimit,
          ordering,
          rate_limit: (rateLimit === null ? null : JSON.stringify(rateLimit)) as RateLimit | null,
          status_changed_at: 0,
          warning_count: 0,
          created_at: 0,
        })
        .execute();
    }
  }
}
