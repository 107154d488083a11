import type { PacedLoad } from '../load/carry-load.js';
import type { Behaviour } from '../stage/receiver-commands.js';
import { hangingCountOf, type IsolationSettings } from './isolation-options.js';

/** A hook that the load goes to. */
export interface PlannedHook {
  behaviour: Behaviour;
  /** Whether its latencies count. */
  isMeasured: boolean;
}

/** One run: a load, and what troubles it. */
export interface RunPlan extends PacedLoad {
  /** As it is called in results. */
  kind: 'clean' | 'hanging' | 'backlog';
  hooks: readonly PlannedHook[];
  /** Deliveries of one more hook that are due before the load begins. */
  backlog: { dueCount: number; dead: 'hanging' | 'refused' } | null;
}

/**
 * The two runs of a round. They have the same load in every respect, hooks that hang get theirs too, and what is measured
 * are the same hooks in both: those that are healthy in both.
 */
export function planRuns(settings: IsolationSettings): { clean: RunPlan; troubled: RunPlan } {
  const { form, hooks: hookCount, rate, seconds, warmup, due, dead } = settings;
  const hangingCount = form === 'hanging' ? hangingCountOf(settings) : 0;
  const hangs = Array.from({ length: hookCount }, (_, index) => isPicked(index, hangingCount, hookCount));
  const plan = { backlog: null, ratePerSecond: rate, warmupSeconds: warmup, seconds };
  return {
    clean: { ...plan, kind: 'clean', hooks: hangs.map((isHanging) => ({ behaviour: 'answer', isMeasured: !isHanging })) },
    troubled: {
      ...plan,
      kind: form,
      hooks: hangs.map((isHanging) => ({ behaviour: isHanging ? 'hang' : 'answer', isMeasured: !isHanging })),
      backlog: form === 'backlog' ? { dueCount: due, dead } : null,
    },
  };
}

/** Picks so many of all, spread evenly: a block of hooks that hang would come as a block in time. */
function isPicked(index: number, pickedCount: number, count: number): boolean {
  return Math.floor(((index + 1) * pickedCount) / count) > Math.floor((index * pickedCount) / count);
}
