import type { Surroundings } from '../scenario.js';
import type { Leftovers } from './leftovers.js';

/** What every process of a stage is started with. */
export interface StageParts {
  leftovers: Leftovers;
  /** Aborted when a person stops the benchmark, and when one of the processes breaks down: then its reason says what was broken. */
  signal: AbortSignal;
  /** Called when one ends although nobody asked it to, with what it said last. */
  onBreakdown: (error: Error) => void;
}

export function createStageParts({ leftovers, signal }: Pick<Surroundings, 'leftovers' | 'signal'>): StageParts {
  const breakdown = new AbortController();
  return { leftovers, signal: AbortSignal.any([signal, breakdown.signal]), onBreakdown: (error) => breakdown.abort(error) };
}
