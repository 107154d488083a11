import type { Surroundings } from '../scenario.js';
import type { BenchDatabase } from './bench-database.js';
import { createSqliteDatabase } from './sqlite-database.js';
import { type ReceiverProcess, startReceiver } from './start-receiver.js';
import { type ServerProcess, startServer } from './start-server.js';

/** All that a run needs beside the load: servers on an empty database, and a receiver. */
export interface Stage {
  database: BenchDatabase;
  /** In the order of their start. */
  servers: readonly [ServerProcess, ...ServerProcess[]];
  receiver: ReceiverProcess;
  /** Aborted when a person stops the benchmark, and when one of the processes breaks down: then its reason says what was broken. */
  signal: AbortSignal;
}

/** What a stage is to have. */
export interface StagePlan {
  database: 'sqlite';
  /** One on SQLite. */
  serverCount: number;
}

/** Serves no other purpose than to be the same on both sides. */
const ADMIN_KEY = 'bench-admin-key-0123456789';

/** Runs `work` on a stage of its own. When it comes back or throws, everything that was started has ended and is removed. */
export async function withStage<Result>(
  { leftovers, signal: stopped }: Pick<Surroundings, 'leftovers' | 'signal'>,
  { serverCount }: StagePlan,
  work: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  const breakdown = new AbortController();
  const signal = AbortSignal.any([stopped, breakdown.signal]);
  const parts = { leftovers, signal, onBreakdown: (error: Error) => breakdown.abort(error) };

  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createSqliteDatabase(leftovers));
  const receiver = stack.use(startReceiver(parts));
  const start = async () => stack.use(await startServer({ ...parts, adminKey: ADMIN_KEY, settings: database.settings }));
  const servers: [ServerProcess, ...ServerProcess[]] = [await start()];
  while (servers.length < serverCount) servers.push(await start());
  return await work({ database, receiver, servers, signal });
}
