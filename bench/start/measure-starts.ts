import { monotonicNow } from '../monotonic-clock.js';
import type { Surroundings } from '../scenario.js';
import type { BenchDatabase } from '../stage/bench-database.js';
import { createDatabase } from '../stage/create-database.js';
import { othersShare, readCpuTime } from '../stage/cpu-time.js';
import { readResidentMemory } from '../stage/resident-memory.js';
import { createStageParts, type StageParts } from '../stage/stage-parts.js';
import { startServer } from '../stage/start-server.js';
import type { StartSettings } from './start-options.js';

/** What starts on a database of one size came to. */
export interface StartFigures {
  database: string;
  eventCount: number;
  /** Tables and indexes. */
  databaseBytes: number;
  /** From the start of each process to its first answer that it is healthy. */
  readyMs: readonly number[];
  /** The same to its log's line that it has started: until then it may be ready and not send yet. */
  startedMs: readonly number[];
  /** What the server held of the machine's memory then, the most of all starts; null where the system does not tell. */
  residentBytes: number | null;
  /** The share of the machine's CPU time that went to processes other than the benchmark's, from 0 to 1; null where the system does not tell. */
  othersCpuShare: number | null;
  /** Why the figures must not be used, each a sentence. */
  faults: readonly string[];
}

export interface StartsFigures {
  /** Of the first start of all, which makes the tables. */
  firstReadyMs: number;
  /** From the smallest database to the largest. */
  forms: readonly StartFigures[];
}

/** Starts the server again and again on a database that grows from form to form; `say` hears how it goes. */
export async function measureStarts(
  { database: kind, events, rounds }: StartSettings,
  surroundings: Surroundings,
  say: (text: string) => void,
): Promise<StartsFigures> {
  const parts = createStageParts(surroundings);
  await using database = await createDatabase(kind, parts.leftovers);
  say('the first start');
  const { readyMs: firstReadyMs } = await startOnce(database, parts);

  const forms: StartFigures[] = [];
  let eventCount = 0;
  for (const aim of events.toSorted((one, other) => one - other)) {
    await growTo(aim);
    forms.push(await measureForm());
  }
  return { firstReadyMs, forms };

  async function growTo(aim: number): Promise<void> {
    if (aim === eventCount) return;
    // With the ORM behind it, which the other scenarios need not wait for.
    const { layHistory } = await import('../history/lay-history.js');
    const laidBefore = eventCount;
    await layHistory(database, aim - laidBefore, (count) => {
      parts.signal.throwIfAborted();
      say(`${(laidBefore + count).toLocaleString('en')} of ${aim.toLocaleString('en')} events laid`);
    });
    eventCount = aim;
  }

  async function measureForm(): Promise<StartFigures> {
    const starts: Start[] = [];
    while (starts.length < rounds) {
      say(`${eventCount.toLocaleString('en')} events, start ${starts.length + 1} of ${rounds}`);
      starts.push(await startOnce(database, parts));
    }
    const memories = starts.map(({ residentBytes }) => residentBytes);
    const shares = starts.map(({ othersCpuShare }) => othersCpuShare);
    return {
      database: database.name,
      eventCount,
      databaseBytes: (await database.readSize()).tableBytes,
      readyMs: starts.map(({ readyMs }) => readyMs),
      startedMs: starts.map(({ startedMs }) => startedMs),
      residentBytes: memories.includes(null) ? null : Math.max(...memories.map((bytes) => bytes!)),
      othersCpuShare: shares.includes(null) ? null : Math.max(...shares.map((share) => share!)),
      faults: findStartFaults(await database.countDeliveries(), eventCount, starts),
    };
  }
}

/** One start. */
export interface Start {
  readyMs: number;
  startedMs: number;
  residentBytes: number | null;
  othersCpuShare: number | null;
  serverErrorCount: number;
}

async function startOnce(database: BenchDatabase, parts: StageParts): Promise<Start> {
  const before = await readCpuTime([process.pid], database.host?.pid);
  await using server = await startServer({ ...parts, settings: database.settings });
  await server.hasStarted();
  const startedMs = monotonicNow() - server.startedAt;
  const after = await readCpuTime([process.pid, server.pid], database.host?.pid);
  const memory = await readResidentMemory(server.pid);
  await server.stop();
  return {
    readyMs: server.readyMs,
    startedMs,
    residentBytes: memory && memory.nowBytes,
    othersCpuShare: othersShare(before, after),
    serverErrorCount: server.errorCount,
  };
}

/** Starts count where the database has what it should have, and where nothing went wrong in them. */
export function findStartFaults(
  stored: ReadonlyArray<{ status: string; count: number }>,
  eventCount: number,
  starts: ReadonlyArray<Pick<Start, 'serverErrorCount'>>,
): string[] {
  const delivered = stored.reduce((sum, { status, count }) => sum + (status === 'SUCCEEDED' ? count : 0), 0);
  const all = stored.reduce((sum, { count }) => sum + count, 0);
  const errorCount = starts.reduce((sum, { serverErrorCount }) => sum + serverErrorCount, 0);
  return [
    ...(delivered === eventCount && all === eventCount
      ? []
      : [`Expected ${eventCount} deliveries in the database, all delivered; it has ${all}, of which ${delivered} are.`]),
    ...(errorCount === 0 ? [] : [`The server logged errors at its starts: ${errorCount}.`]),
  ];
}
