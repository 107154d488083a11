import { type Spread, spreadOf } from '../figures/percentiles.js';
import type { Notices } from './subscriber-commands.js';

/**
 * How long notices take. When an attempt was committed is not to be seen from outside, but it lies between two instants that
 * are: the receiver's answer, and the first notice of it.
 */
export interface NoticeDelays {
  /** From the receiver's answer to each notice: the recording of the attempt and its commit are in it, so notices take less. */
  fromAnswerMs: Spread;
  /** The same to the first notice of each attempt, whoever got it. */
  toFirstMs: Spread;
  /** From the first notice of an attempt to each other one of it: the part that comes of there being many. */
  afterFirstMs: Spread;
  /** From the first notice of all to the last. */
  noticesPerSecond: number;
}

/** Of the notices about the deliveries in `answeredAts`. */
export function noticeDelaysOf(
  { attemptIndexes, arrivedAts, attempts }: Pick<Notices, 'attemptIndexes' | 'arrivedAts' | 'attempts'>,
  answeredAts: ReadonlyMap<string, number>,
): NoticeDelays {
  const [fromAnswer, toFirst, afterFirst]: [number[], number[], number[]] = [[], [], []];
  const firsts = new Map<number, number>();
  let [startedAt, endedAt] = [Infinity, -Infinity];
  arrivedAts.forEach((arrivedAt, index) => {
    const attemptIndex = attemptIndexes[index]!;
    const answeredAt = answeredAts.get(attempts[attemptIndex]!.deliveryId);
    if (answeredAt === undefined) return;
    [startedAt, endedAt] = [Math.min(startedAt, arrivedAt), Math.max(endedAt, arrivedAt)];
    fromAnswer.push(arrivedAt - answeredAt);
    const first = firsts.get(attemptIndex);
    if (first !== undefined) afterFirst.push(arrivedAt - first);
    else {
      firsts.set(attemptIndex, arrivedAt);
      toFirst.push(arrivedAt - answeredAt);
    }
  });
  return {
    fromAnswerMs: spreadOf(fromAnswer),
    toFirstMs: spreadOf(toFirst),
    afterFirstMs: spreadOf(afterFirst),
    noticesPerSecond: (fromAnswer.length * 1000) / (endedAt - startedAt),
  };
}
