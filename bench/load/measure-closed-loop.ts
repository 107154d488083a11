import type { NumberRange } from '../figures/number-range.js';
import { monotonicNow } from '../monotonic-clock.js';
import { othersShare, readCpuTime } from '../stage/cpu-time.js';
import { type CpuWork, cpuPerThousand, readCpuWork } from '../stage/cpu-work.js';
import { until } from '../stage/until.js';
import { untilDelivered } from '../stage/until-delivered.js';
import type { Stage } from '../stage/with-stage.js';
import type { PublishBook } from './publish-book.js';
import { type ClosedLoop, publishInTurns } from './publish-load.js';

/** What a closed loop took. */
export interface ClosedLoopFigures {
  /** When the first publish was sent. */
  startedAt: number;
  /** The events that were published. */
  range: NumberRange;
  cpuSecondsPerThousand: CpuWork;
  /** The share of the machine's CPU time that went to processes other than the benchmark's, from 0 to 1; null where the system does not tell. */
  othersCpuShare: number | null;
}

/** Publishes as fast as the servers take it, until all has arrived and is recorded, or until what `untilDone` waits for. */
export async function measureClosedLoop(
  stage: Stage,
  book: PublishBook,
  { untilDone = untilDelivered, ...load }: ClosedLoop & { untilDone?: typeof untilDelivered },
): Promise<ClosedLoopFigures> {
  const { servers, receiver, database, signal } = stage;
  const pids = [...servers.map(({ pid }) => pid), receiver.pid, process.pid];
  const readMachine = () => readCpuTime(pids, database.host?.pid);
  const owedBefore = book.owedCount;
  const [machineBefore, workBefore, startedAt] = [await readMachine(), await readCpuWork(stage), monotonicNow()];
  const range = await until(publishInTurns(book, load, signal), signal);
  await untilDone(stage, book.owedCount);
  const [workAfter, machineAfter] = [await readCpuWork(stage), await readMachine()];
  return {
    startedAt,
    range,
    cpuSecondsPerThousand: cpuPerThousand(workBefore, workAfter, book.owedCount - owedBefore),
    othersCpuShare: othersShare(machineBefore, machineAfter),
  };
}
