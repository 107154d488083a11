import { deliveriesPerSecond } from '../figures/deliveries-per-second.js';
import { latenciesOf } from '../figures/latencies.js';
import type { Ledger } from '../figures/ledger.js';
import { type NumberRange, numbersOf } from '../figures/number-range.js';
import { type Spread, spreadOf } from '../figures/percentiles.js';
import { closeBook } from '../load/close-book.js';
import { type ClosedLoopFigures, measureClosedLoop } from '../load/measure-closed-loop.js';
import { PublishBook } from '../load/publish-book.js';
import { publishAtRate, publishInTurns } from '../load/publish-load.js';
import { monotonicNow } from '../monotonic-clock.js';
import type { Surroundings } from '../scenario.js';
import { untilShared } from '../servers/hook-leaders.js';
import type { CpuWork } from '../stage/cpu-work.js';
import { readResidentMemory } from '../stage/resident-memory.js';
import { stageOrganizations } from '../stage/stage-organizations.js';
import { until } from '../stage/until.js';
import { untilArrived, untilDelivered } from '../stage/until-delivered.js';
import { type Stage, withStage } from '../stage/with-stage.js';
import type { GrowthSettings } from './growth-options.js';
import { withoutHistory } from './without-history.js';

/** What the loads of one round found. */
export interface GrowthRound {
  /** From the sending of the first publish of the first load to the arrival of its last delivery. */
  deliveriesPerSecond: number;
  cpuSecondsPerThousand: CpuWork;
  /** From the instant an event of the second load was due to the first byte at the receiver. */
  latencyMs: Spread;
  othersCpuShare: number | null;
}

/** What was found with so many events stored. */
export interface GrowthFigures {
  storedCount: number;
  database: string;
  rounds: readonly GrowthRound[];
  /** Tables and indexes for each event that is stored; null where none is. */
  storedBytesPerDelivery: number | null;
  /** The same for each event of the loads. */
  addedBytesPerDelivery: number;
  /** From the start of the process on the database to its first answer that it is healthy. */
  readyMs: number;
  serverPeakBytes: number | null;
  ledger: Ledger;
  serverErrorCount: number;
  faults: readonly string[];
}

/** A server on a database of its own, with so many events stored, which takes the loads as often as it is asked to. */
export interface GrownStage {
  readonly storedCount: number;
  /** One round: as many events as it takes, then events at the rate. Answers whether all has arrived. */
  carryLoads(say: (text: string) => void): Promise<boolean>;
  /** Stops the server, and answers with what was found. */
  close(): Promise<GrowthFigures>;
}

/** Lays the events of the past, starts the server and warms it up; `work` has it until it comes back. */
export async function withGrownStage<Result>(
  storedCount: number,
  settings: GrowthSettings,
  { surroundings, say }: { surroundings: Pick<Surroundings, 'leftovers' | 'signal'>; say: (text: string) => void },
  work: (grown: GrownStage, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  say('starting');
  return withStage(surroundings, { database: settings.database, serverCount: 1 }, async (stage) => {
    const organizations = await stageOrganizations(stage, settings.hooks, 1);
    // What is stored belongs to the hooks that the load goes to, so that what is new comes between it in every index.
    await stage.servers[0].stop();
    const { database, signal } = stage;
    const emptySize = await database.readSize();
    if (storedCount > 0) {
      // With the ORM behind it, which the other scenarios need not wait for.
      const { layHistory } = await import('../history/lay-history.js');
      await layHistory(database, storedCount, (count) => {
        signal.throwIfAborted();
        say(`${count.toLocaleString('en')} events stored`);
      });
    }
    const before = { stored: await database.countDeliveries(), size: await database.readSize() };
    const server = await stage.startServer();
    const running: Stage = { ...stage, servers: [server], serverIds: stage.serverIds.slice(-1) };
    await untilShared(running);
    const book = new PublishBook([server.api], organizations, monotonicNow);
    const carried: CarriedLoads[] = [];
    say('warming up');
    await until(publishInTurns(book, { callSize: 1, publisherCount: settings.publishers, eventCount: settings.warmup }, signal), signal);
    await untilArrived(running, book.owedCount);

    const grown: GrownStage = {
      storedCount,
      async carryLoads(sayOfRound) {
        carried.push(await carryLoads(running, book, { settings, say: sayOfRound }));
        return stage.receiver.toldCount >= book.owedCount;
      },
      async close() {
        await untilDelivered(running, book.owedCount);
        const memory = await readResidentMemory(server.pid);
        await server.stop();
        const arrivals = await stage.receiver.ask('takeArrivals', {});
        const ledger = closeBook(book, arrivals, withoutHistory(await database.countDeliveries(), before.stored));
        const size = await database.readSize();
        return {
          storedCount,
          database: database.name,
          rounds: carried.map(({ loop, calm }) => ({
            deliveriesPerSecond: deliveriesPerSecond(arrivals, loop.startedAt, loop.range),
            cpuSecondsPerThousand: loop.cpuSecondsPerThousand,
            latencyMs: spreadOf(latenciesOf(arrivals, numbersOf(calm))),
            othersCpuShare: loop.othersCpuShare,
          })),
          storedBytesPerDelivery: storedCount === 0 ? null : (before.size.tableBytes - emptySize.tableBytes) / storedCount,
          addedBytesPerDelivery: (size.tableBytes - before.size.tableBytes) / ledger.publishedCount,
          readyMs: server.readyMs,
          serverPeakBytes: memory?.peakBytes ?? null,
          ledger,
          serverErrorCount: server.errorCount,
          faults: ledger.faults,
        };
      },
    };
    return work(grown, signal);
  });
}

/** What two loads published, and what the first of them took. */
interface CarriedLoads {
  loop: ClosedLoopFigures;
  calm: NumberRange;
}

/** What has arrived is enough to go on: to count what is recorded takes the longer the more is stored. */
async function carryLoads(
  stage: Stage,
  book: PublishBook,
  { settings, say }: { settings: GrowthSettings; say: (text: string) => void },
): Promise<CarriedLoads> {
  const { publishers, seconds, rate } = settings;
  const { signal } = stage;
  say(`as many events as it takes for ${seconds} s`);
  const load = { callSize: 1, publisherCount: publishers, eventCount: Infinity, seconds, untilDone: untilArrived };
  const loop = await measureClosedLoop(stage, book, load);
  say(`${rate} events a second for ${seconds} s`);
  const calm = await until(publishAtRate(book, { ratePerSecond: rate, seconds }, signal), signal);
  await untilArrived(stage, book.owedCount);
  return { loop, calm };
}
