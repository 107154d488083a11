import type { Surroundings } from '../scenario.js';
import type { BenchDatabase, DatabaseHost } from './bench-database.js';
import { createDatabase } from './create-database.js';
import type { DatabaseKind } from './database-kinds.js';
import { createStageParts, type StageParts } from './stage-parts.js';
import { type ReceiverProcess, startReceiver } from './start-receiver.js';
import { type ServerProcess, startServer } from './start-server.js';
import { pause, within } from './until.js';

/** All that a run needs beside the load: servers on an empty database, and a receiver. */
export interface Stage {
  database: BenchDatabase;
  /** In the order of their start. */
  servers: readonly [ServerProcess, ...ServerProcess[]];
  /** How the database calls them, in the same order; none on SQLite. */
  serverIds: readonly string[];
  receiver: ReceiverProcess;
  /** Starts one more server on the database, which need not be among `servers`: one of them was killed. */
  startServer(): Promise<ServerProcess>;
  /** Aborted when a person stops the benchmark, and when one of the processes breaks down: then its reason says what was broken. */
  signal: AbortSignal;
  /** What a scenario starts processes of its own with. */
  parts: StageParts;
}

/** What a stage is to have. */
export interface StagePlan {
  database: DatabaseKind;
  /** One on SQLite. */
  serverCount: number;
  /** Of the servers, over those that every run has. */
  settings?: Readonly<Record<string, string>>;
}

/** Runs `work` on a stage of its own. When it comes back or throws, everything that was started has ended and is removed. */
export async function withStage<Result>(
  surroundings: Pick<Surroundings, 'leftovers' | 'signal'>,
  { database: kind, serverCount, settings = {} }: StagePlan,
  work: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  const parts = createStageParts(surroundings);
  const { leftovers, signal } = parts;

  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createDatabase(kind, leftovers));
  const receiver = stack.use(startReceiver(parts));
  const serverIds: string[] = [];
  const start = async () => {
    const server = stack.use(await startServer({ ...parts, settings: { ...database.settings, ...settings } }));
    // They start one after the other, so the id that is new is this one's.
    if (database.host !== null) serverIds.push(await readNewServerId(database.host, serverIds, signal));
    return server;
  };
  const servers: [ServerProcess, ...ServerProcess[]] = [await start()];
  while (servers.length < serverCount) servers.push(await start());
  return await work({ database, receiver, servers, serverIds, startServer: start, signal, parts });
}

/** How long after it is healthy a server may take to say in the database that it lives, in milliseconds. */
const JOIN_LIMIT_MS = 30_000;

const POLL_MS = 20;

async function readNewServerId(host: DatabaseHost, known: readonly string[], signal: AbortSignal): Promise<string> {
  const limit = within(JOIN_LIMIT_MS, signal, `The server did not join the others within ${JOIN_LIMIT_MS} ms.`);
  for (;;) {
    const added = (await host.readServerIds()).find((id) => !known.includes(id));
    if (added !== undefined) return added;
    await pause(POLL_MS, limit);
  }
}
