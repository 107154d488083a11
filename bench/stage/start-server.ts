import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type ApiClient, createApiClient } from '../load/api-client.js';
import { monotonicNow } from '../monotonic-clock.js';
import { takeFreePort } from './free-port.js';
import { LastLines } from './last-lines.js';
import { SERVER_FLAGS } from './server-flags.js';
import type { StageParts } from './stage-parts.js';
import { pause, until, within } from './until.js';

/** The server under measurement, as its users run it: a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  url: string;
  pid: number;
  api: ApiClient;
  adminKey: string;
  /** When its process was started, on the monotonic clock. */
  startedAt: number;
  /** From then to its first answer that it is healthy. */
  readyMs: number;
  /** How many lines it has logged at the level error or above. */
  readonly errorCount: number;
  /** Waits until it logs that all of it has started. */
  hasStarted(): Promise<void>;
  /** Asks it to stop, as an operator does, and waits for its end. Throws where it ends badly or not at all. */
  stop(): Promise<void>;
  /** Ends it at once, as a loss of power does. */
  kill(): Promise<void>;
}

export interface ServerOptions extends StageParts {
  /** Over the settings that every run has. */
  settings: Readonly<Record<string, string>>;
}

/** They serve no other purpose than to be the same on all sides. */
const ADMIN_KEY = 'bench-admin-key-0123456789';
const ENCRYPTION_KEY = 'YmVuY2ggZW5jcnlwdGlvbiBrZXkgMDEyMzQ1Njc4OWE=';

const SERVER_FILE = join(import.meta.dirname, '../../server/main.js');

/** How long a start may take, in milliseconds. */
const START_LIMIT_MS = 60_000;

/** How long a stop may take, in milliseconds: closing a large database writes its log of changes back into it. */
const STOP_LIMIT_MS = 120_000;

/** Between two looks whether it is healthy: what a time to ready may be wrong by. */
const POLL_MS = 10;

/** Starts the built server on a free port and waits until it is healthy. Killed at the end of the scope, if it still runs. */
export async function startServer({ settings, leftovers, signal, onBreakdown }: ServerOptions): Promise<ServerProcess> {
  const port = await takeFreePort();
  const startedAt = monotonicNow();
  const child = spawn(process.execPath, [...SERVER_FLAGS, SERVER_FILE], {
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      ADMIN_API_KEY: ADMIN_KEY,
      ENCRYPTION_KEYS: ENCRYPTION_KEY,
      DANGEROUSLY_ALLOWED_ADDRESSES: '127.0.0.0/8',
      // More sockets than it takes by default, for 10,000 subscribers of a socket each.
      CONNECTION_LIMIT: '200000',
      SUBSCRIPTION_LIMIT: '200000',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  leftovers.addProcess(child);
  const said = new LastLines();
  said.follow(child.stdout);
  said.follow(child.stderr);
  let isStopping = false;
  const exited = once(child, 'exit').then(([code, by]) => {
    const status = (code ?? by) as number | string;
    if (!isStopping) onBreakdown(new Error(`The server ended with ${status}. It said last:\n${said.text}`));
    return status;
  });

  const url = `http://127.0.0.1:${port}`;
  const api = createApiClient(url, ADMIN_KEY);
  const kill = async () => {
    isStopping = true;
    child.kill('SIGKILL');
    await exited;
  };
  const server = {
    url,
    pid: child.pid!,
    api,
    adminKey: ADMIN_KEY,
    startedAt,
    get errorCount() {
      return said.errorCount;
    },
    async hasStarted() {
      await until(
        said.says('"msg":"server.started"'),
        within(START_LIMIT_MS, signal, `The server had not started within ${START_LIMIT_MS} ms.`),
      );
    },
    async stop() {
      isStopping = true;
      child.kill('SIGTERM');
      const status = await until(exited, within(STOP_LIMIT_MS, signal, `The server did not stop within ${STOP_LIMIT_MS} ms.`));
      if (status !== 0) throw new Error(`The server was asked to stop and ended with ${status}. It said last:\n${said.text}`);
    },
    kill,
    async [Symbol.asyncDispose]() {
      await Promise.all([kill(), api[Symbol.asyncDispose]()]);
    },
  };
  try {
    await untilHealthy(server.url, within(START_LIMIT_MS, signal, `The server was not healthy within ${START_LIMIT_MS} ms.`));
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  const readyMs = monotonicNow() - startedAt;
  return Object.assign(server, { readyMs });
}

async function untilHealthy(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/health`, { signal }).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return;
    await pause(POLL_MS, signal);
  }
}
