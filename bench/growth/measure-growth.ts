import { deliveriesPerSecond } from '../figures/deliveries-per-second.js';
import { latenciesOf } from '../figures/latencies.js';
import type { Ledger } from '../figures/ledger.js';
import { type Spread, spreadOf } from '../figures/percentiles.js';
import { closeBook } from '../load/close-book.js';
import { measureClosedLoop } from '../load/measure-closed-loop.js';
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

/** What was found with so many events stored. */
export interface GrowthFigures {
  storedCount: number;
  database: string;
  /** From the sending of the first publish of the first load to the arrival of its last delivery. */
  deliveriesPerSecond: number;
  cpuSecondsPerThousand: CpuWork;
  /** From the instant an event of the second load was due to the first byte at the receiver. */
  latencyMs: Spread;
  /** Tables and indexes for each event that is stored; null where none is. */
  storedBytesPerDelivery: number | null;
  /** The same for each event of the loads. */
  addedBytesPerDelivery: number;
  /** From the start of the process on the database to its first answer that it is healthy. */
  readyMs: number;
  serverPeakBytes: number | null;
  ledger: Ledger;
  othersCpuShare: number | null;
  serverErrorCount: number;
  faults: readonly string[];
}

/** Measures with so many events stored, on a stage of its own, start to end; `say` hears how it goes. */
export async function measureGrowth(
  storedCount: number,
  settings: GrowthSettings,
  { surroundings, say }: { surroundings: Surroundings; say: (text: string) => void },
): Promise<GrowthFigures> {
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
    const load = await carryLoads(running, book, { settings, say });

    say('stopping the server and comparing the books');
    const memory = await readResidentMemory(server.pid);
    await server.stop();
    const { arrivals, ...figures } = await load();
    const stored = withoutHistory(await database.countDeliveries(), before.stored);
    const ledger = closeBook(book, arrivals, stored);
    const size = await database.readSize();
    return {
      storedCount,
      database: database.name,
      ...figures,
      storedBytesPerDelivery: storedCount === 0 ? null : (before.size.tableBytes - emptySize.tableBytes) / storedCount,
      addedBytesPerDelivery: (size.tableBytes - before.size.tableBytes) / ledger.publishedCount,
      readyMs: server.readyMs,
      serverPeakBytes: memory?.peakBytes ?? null,
      ledger,
      serverErrorCount: server.errorCount,
      faults: ledger.faults,
    };
  });
}

/** Publishes, and answers with what takes the figures from the receiver, once the server has ended. */
async function carryLoads(stage: Stage, book: PublishBook, { settings, say }: { settings: GrowthSettings; say: (text: string) => void }) {
  const { receiver, signal } = stage;
  const { publishers, seconds, rate, warmup } = settings;
  const closed = { callSize: 1, publisherCount: publishers };
  say('warming up');
  await until(publishInTurns(book, { ...closed, eventCount: warmup }, signal), signal);
  await untilDelivered(stage, book.owedCount);

  say(`as many events as it takes for ${seconds} s`);
  // To count what is recorded costs the more the more is stored, and is no part of the load.
  const loop = await measureClosedLoop(stage, book, { ...closed, eventCount: Infinity, seconds, untilDone: untilArrived });
  await untilDelivered(stage, book.owedCount);

  say(`${rate} events a second for ${seconds} s`);
  const calm = await until(publishAtRate(book, { ratePerSecond: rate, seconds }, signal), signal);
  await untilDelivered(stage, book.owedCount);

  return async () => {
    const arrivals = await receiver.ask('takeArrivals', {});
    const measured = new Set(Array.from({ length: calm.last - calm.first + 1 }, (_, index) => calm.first + index));
    return {
      arrivals,
      deliveriesPerSecond: deliveriesPerSecond(arrivals, loop.startedAt, loop.range),
      cpuSecondsPerThousand: loop.cpuSecondsPerThousand,
      latencyMs: spreadOf(latenciesOf(arrivals, measured)),
      othersCpuShare: loop.othersCpuShare,
    };
  };
}
