import type { Clock } from '../clock.js';
import type { Lane } from './lane.js';

/** How long a hook may stand still for the sake of the others in its shard, in milliseconds. */
const PATIENCE_MS = 200;

export interface DrainShardOptions {
  clock: Clock;
  /** The lanes of the shard, as they are now. */
  lanes: () => Lane[];
  /** Starts nothing of the shard, or goes on with those of its lanes that do not rest. */
  setClosed: (isClosed: boolean) => void;
  /** Resolves when the next attempt of any shard has ended and is recorded. */
  nextEnd: () => Promise<void>;
}

/**
 * Stops a shard so that nothing of it is on the wire, for another server to go on with it. All its hooks must stand still at
 * one moment, and a receiver may take its time; so that one that hangs does not hold up the others, a hook stands still for as
 * long as its own attempts are on the wire, and the others go on meanwhile.
 */
export async function drainShard({ clock, lanes, setClosed, nextEnd }: DrainShardOptions): Promise<void> {
  for (;;) {
    setClosed(true);
    const patience = startTimer(clock, PATIENCE_MS);
    while (!patience.isOver && lanes().some(isBusy)) await Promise.race([nextEnd(), patience.over]);
    patience.cancel();
    const slow = lanes().filter(isBusy);
    if (slow.length === 0) return;

    for (const lane of slow) lane.isResting = true;
    setClosed(false);
    while (slow.some(isBusy)) await nextEnd();
  }
}

/** One that is lost has another leader, which knows nothing of what is on the wire here. */
function isBusy(lane: Lane): boolean {
  return lane.underWayCount > 0 && !lane.isLost;
}

function startTimer(clock: Clock, ms: number) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = { isOver: false, over: promise, cancel: () => {} };
  timer.cancel = clock.after(ms, () => {
    timer.isOver = true;
    resolve();
  });
  return timer;
}
