import { type ApiClient, createApiClient } from '../load/api-client.js';
import type { Surroundings } from '../scenario.js';
import type { BenchDatabase } from './bench-database.js';
import { createSqliteDatabase } from './sqlite-database.js';
import { type ReceiverProcess, startReceiver } from './start-receiver.js';
import { type ServerProcess, startServer } from './start-server.js';

/** All that a run needs beside the load: a server on an empty database, its API, and a receiver. */
export interface Stage {
  database: BenchDatabase;
  server: ServerProcess;
  api: ApiClient;
  receiver: ReceiverProcess;
  /** Aborted when a person stops the benchmark, and when one of the processes breaks down: then its reason says what was broken. */
  signal: AbortSignal;
}

/** Serves no other purpose than to be the same on both sides. */
const ADMIN_KEY = 'bench-admin-key-0123456789';

/** Runs `work` on a stage of its own. When it comes back or throws, everything that was started has ended and is removed. */
export async function withStage<Result>(
  { leftovers, signal: stopped }: Pick<Surroundings, 'leftovers' | 'signal'>,
  work: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  const breakdown = new AbortController();
  const signal = AbortSignal.any([stopped, breakdown.signal]);
  const parts = { leftovers, signal, onBreakdown: (error: Error) => breakdown.abort(error) };

  using database = await createSqliteDatabase(leftovers);
  await using receiver = startReceiver(parts);
  await using server = await startServer({ ...parts, adminKey: ADMIN_KEY, settings: database.settings });
  await using api = createApiClient(server.url, ADMIN_KEY);
  return await work({ database, receiver, server, api, signal });
}
