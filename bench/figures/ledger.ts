/** How many deliveries of a hook the server's database has in a state. */
export interface StoredDeliveries {
  hookId: string;
  status: string;
  count: number;
}

/**
 * The three books of a run, each kept by a process of its own. What is numbered in them goes to exactly one hook: an event, or
 * where events go to several hooks, one event at one hook.
 */
export interface Books {
  /** The generator's: the hook of each event whose publish was acknowledged, by the event's number. */
  acknowledged: ReadonlyMap<number, string>;
  /** The generator's: how many publishes came back without an acknowledgement. */
  unacknowledgedCount: number;
  /** What the first of them came back with. */
  firstFailure: string | undefined;
  /** The receiver's: the number of each request that it answered with success, in the order of arrival. */
  answered: ArrayLike<number> & Iterable<number>;
  /** The server's, read once it has ended. */
  stored: readonly StoredDeliveries[];
  /** The hooks that answer: to them all must be delivered. */
  healthyHookIds: ReadonlySet<string>;
}

/** The books, compared. It is closed when it has no faults: published = delivered + open, and all three books agree. */
export interface Ledger {
  publishedCount: number;
  deliveredCount: number;
  openCount: number;
  /** Acknowledged, but neither delivered nor open. */
  missingCount: number;
  /** Delivered or stored, but never acknowledged. */
  unknownCount: number;
  /** Requests beyond the first for one delivery. They are allowed (at least once), and shown. */
  doubleCount: number;
  /** Each a sentence. */
  faults: readonly string[];
}

const OPEN_STATUSES = ['PENDING', 'RETRYING'];

/** How many deliveries are still to be made. */
export function openCountOf(stored: readonly StoredDeliveries[]): number {
  return stored.reduce((sum, { status, count }) => sum + (OPEN_STATUSES.includes(status) ? count : 0), 0);
}

/**
 * Compares the books hook by hook, so that what is too much for one hook never makes up for what lacks another. That the
 * server's records must agree with the receiver's finds what sums alone would hide: one delivery lost and another both
 * delivered and still open.
 */
export function closeLedger({ acknowledged, unacknowledgedCount, firstFailure, answered, stored, healthyHookIds }: Books): Ledger {
  const answeredOnce = new Set(answered);
  const strangerCount = [...answeredOnce].filter((number) => !acknowledged.has(number)).length;
  const published = new HookCounts();
  for (const hookId of acknowledged.values()) published.add(hookId, 1);
  const delivered = new HookCounts();
  for (const number of answeredOnce) delivered.add(acknowledged.get(number), 1);
  const [open, succeeded, all] = [new HookCounts(), new HookCounts(), new HookCounts()];
  for (const { hookId, status, count } of stored) {
    all.add(hookId, count);
    if (OPEN_STATUSES.includes(status)) open.add(hookId, count);
    if (status === 'SUCCEEDED') succeeded.add(hookId, count);
  }

  const hookIds = [...new Set([...published.hookIds, ...all.hookIds])];
  const sum = (countFor: (hookId: string) => number) => hookIds.reduce((total, hookId) => total + countFor(hookId), 0);
  const excessCount = sum((id) => Math.max(0, all.of(id) - published.of(id)));
  const totals = {
    publishedCount: acknowledged.size,
    deliveredCount: sum((id) => delivered.of(id)),
    openCount: sum((id) => open.of(id)),
    missingCount: sum((id) => Math.max(0, published.of(id) - delivered.of(id) - open.of(id))),
    // What is delivered without an acknowledgement is usually stored without one too.
    unknownCount: Math.max(strangerCount, excessCount),
    doubleCount: answered.length - answeredOnce.size,
  };
  const faults: Array<[words: string, count: number]> = [
    ['Publishes without an acknowledgement', unacknowledgedCount],
    ['Missing deliveries, acknowledged but neither delivered nor open', totals.missingCount],
    ['Unknown deliveries, delivered or stored but never acknowledged', totals.unknownCount],
    ['Deliveries to healthy hooks that are still open', sum((id) => (healthyHookIds.has(id) ? open.of(id) : 0))],
    [
      'Deliveries of which the server has recorded another end than the receiver',
      sum((id) => Math.abs(succeeded.of(id) - delivered.of(id))),
    ],
  ];
  return {
    ...totals,
    faults: [
      ...faults.filter(([, count]) => count > 0).map(([words, count]) => `${words}: ${count}.`),
      ...(firstFailure === undefined ? [] : [`The first publish that failed: ${firstFailure}`]),
    ],
  };
}

class HookCounts {
  readonly #counts = new Map<string, number>();

  get hookIds(): Iterable<string> {
    return this.#counts.keys();
  }

  of(hookId: string): number {
    return this.#counts.get(hookId) ?? 0;
  }

  add(hookId: string | undefined, count: number): void {
    if (hookId !== undefined) this.#counts.set(hookId, this.of(hookId) + count);
  }
}
