import type { LoadParts } from '../load/carry-load.js';
import { monotonicNow } from '../monotonic-clock.js';
import { stageHook } from '../stage/stage-hook.js';
import { until } from '../stage/until.js';
import type { RunPlan } from './plan-runs.js';

/** What is due to the dead hook. */
export interface Backlog {
  hookId: string;
  /** How long its deliveries took to publish. */
  seconds: number;
  /** Where requests hang that somebody has to break off. */
  hangingPorts: readonly number[];
}

/**
 * Makes the dead hook and what is due to it. While it is published to it hangs, so that hardly any of it is attempted before
 * the load begins; only then does it refuse connections, where the plan says so.
 */
export async function layBacklog({ backlog }: RunPlan, { stage, generator, say }: LoadParts): Promise<Backlog | null> {
  if (backlog === null) return null;
  const dead = await stageHook(stage, { name: 'Dead customer', behaviour: 'hang', mayBeClosed: true });
  const startedAt = monotonicNow();
  const total = backlog.dueCount.toLocaleString('en');
  await until(
    generator.publishMany([dead], backlog.dueCount, (count) => say(`${count.toLocaleString('en')} of ${total} due to the dead hook`)),
    stage.signal,
  );
  const seconds = (monotonicNow() - startedAt) / 1000;
  if (backlog.dead === 'refused') await stage.receiver.ask('close', { port: dead.port });
  return { hookId: dead.id, seconds, hangingPorts: backlog.dead === 'hanging' ? [dead.port] : [] };
}
