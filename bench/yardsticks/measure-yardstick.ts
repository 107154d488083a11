import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deliveriesPerSecond } from '../figures/deliveries-per-second.js';
import type { Surroundings } from '../scenario.js';
import { type Arrivals, deliveryKey } from '../stage/receiver-commands.js';
import type { CpuWork } from '../stage/cpu-work.js';
import { readCpuSeconds } from '../stage/cpu-time.js';
import { startReceiver } from '../stage/start-receiver.js';
import { startYardstick } from './start-yardstick.js';
import type { YardstickName, YardstickPlan } from './yardstick-plan.js';

/** What one run of a yardstick found. */
export interface YardstickFigures {
  name: YardstickName;
  description: string;
  /** From the first publish, or the first request, to the arrival of the last, as the server's are counted. */
  deliveriesPerSecond: number;
  /** Of what sends, in the place of servers, and of what it stores in, in the place of a database; nobody else publishes. */
  cpuSecondsPerThousand: CpuWork;
  doubleCount: number;
  /** Why the figures must not be used, each a sentence. */
  faults: readonly string[];
}

/** Measures a yardstick with a receiver of its own, the same as the server's. */
export async function measureYardstick(
  name: YardstickName,
  plan: Omit<YardstickPlan, 'port' | 'folder'>,
  { leftovers, signal: stopped }: Pick<Surroundings, 'leftovers' | 'signal'>,
): Promise<YardstickFigures> {
  const breakdown = new AbortController();
  const signal = AbortSignal.any([stopped, breakdown.signal]);
  await using receiver = startReceiver({ leftovers, signal, onBreakdown: (error) => breakdown.abort(error) });
  const { port } = await receiver.ask('listen', { behaviour: 'answer', mayBeClosed: false });
  const folder = await mkdtemp(join(tmpdir(), 'hookgraph-bench-'));
  leftovers.addFolder(folder);
  using _ = { [Symbol.dispose]: () => leftovers.removeFolder(folder) };
  await using yardstick = await startYardstick(name, { ...plan, port, folder }, { leftovers, signal });
  const receiverBefore = await readCpuSeconds([receiver.pid]);
  const work = await yardstick.run();
  const receiverAfter = await readCpuSeconds([receiver.pid]);
  const arrivals = await receiver.ask('takeArrivals', {});
  const { warmupCount, deliveryCount } = plan;
  const perThousand = (seconds: number | null) => (seconds === null ? null : (seconds * 1000) / deliveryCount);
  return {
    name,
    description: yardstick.description,
    deliveriesPerSecond: deliveriesPerSecond(arrivals, work.startedAt, { first: warmupCount + 1, last: warmupCount + deliveryCount }),
    cpuSecondsPerThousand: {
      servers: perThousand(work.senderCpuSeconds),
      database: perThousand(work.storeCpuSeconds),
      receiver: receiverBefore === null || receiverAfter === null ? null : perThousand(receiverAfter - receiverBefore),
      generator: null,
    },
    ...countArrivals(arrivals, warmupCount + deliveryCount),
  };
}

/** Compares what has arrived with what was sent: the events from 1 to `sentCount`, to one port. */
export function countArrivals(
  { numbers, ports }: Pick<Arrivals, 'numbers' | 'ports'>,
  sentCount: number,
): Pick<YardstickFigures, 'doubleCount' | 'faults'> {
  const arrived = new Set(Array.from(numbers, (number, index) => deliveryKey(number, ports[index]!)));
  const faults = arrived.size === sentCount ? [] : [`Expected ${sentCount} deliveries to arrive, received ${arrived.size}.`];
  return { doubleCount: numbers.length - arrived.size, faults };
}
