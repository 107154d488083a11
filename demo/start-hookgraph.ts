import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../src/clock.js';
import { readConfig } from '../src/config.js';
import { startSchemaThread } from '../src/json-schema/start-schema-thread.js';
import { createLog } from '../src/log.js';
import type { Random } from '../src/random.js';
import { startServer } from '../src/server.js';

/** Quick, so that a person sees the retries. */
export const RETRY_SCHEDULE = '1s,1s,1s';

/** Where the build has put GraphiQL's page, as seen from the compiled demo. */
const GRAPHIQL_DIR = join(import.meta.dirname, '../server/graphiql');

export interface Hookgraph extends AsyncDisposable {
  /** Without a path: `http://127.0.0.1:4000`. */
  url: string;
  adminKey: string;
}

export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';

  constructor(port: number) {
    super(`Port ${port} is taken by another program. Choose another one:\n\n  PORT=${port === 4100 ? 4200 : 4100} npm run demo`);
  }
}

/** Starts the server as a library, in a temporary data folder that goes with it. Throws a `PortTakenError` where its port is taken. */
export async function startHookgraph({
  port,
  clock,
  random,
}: {
  port: string | undefined;
  clock: Clock;
  random: Random;
}): Promise<Hookgraph> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hookgraph-demo-'));
  const removeData = () => rm(dataDir, { recursive: true, force: true });
  try {
    const config = readConfig({
      PORT: port,
      DATA_DIR: dataDir,
      RETRY_SCHEDULE,
      ATTEMPT_TIMEOUT: '5s',
      SHUTDOWN_TIMEOUT: '3s',
      // The receiver and the OAuth2 server are on this machine.
      DANGEROUSLY_ALLOWED_ADDRESSES: '127.0.0.0/8',
      LOG_LEVEL: 'silent',
    });
    const outside = { clock, random, log: createLog(config.logLevel), graphiqlDir: GRAPHIQL_DIR, startSchemaThread };
    const server = await startServer(config, outside).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EADDRINUSE' ? new PortTakenError(config.port) : error;
    });
    return {
      url: server.url,
      adminKey: server.adminKey!.key,
      async [Symbol.asyncDispose]() {
        await server.close();
        await removeData();
      },
    };
  } catch (error) {
    await removeData();
    throw error;
  }
}
