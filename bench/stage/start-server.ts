import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type ApiClient, createApiClient } from '../load/api-client.js';
import { takeFreePort } from './free-port.js';
import type { Leftovers } from './leftovers.js';
import { LastLines } from './last-lines.js';
import { pause, until, within } from './until.js';

/** The server under measurement, as its users run it: a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  url: string;
  pid: number;
  api: ApiClient;
  /** How many lines it has logged at the level error or above. */
  readonly errorCount: number;
  /** Asks it to stop, as an operator does, and waits for its end. Throws where it ends badly or not at all. */
  stop(): Promise<void>;
}

export interface ServerOptions {
  adminKey: string;
  /** Over the settings that every run has. */
  settings: Readonly<Record<string, string>>;
  leftovers: Leftovers;
  signal: AbortSignal;
  /** Called when it ends although nobody asked it to, with what it said last. */
  onBreakdown: (error: Error) => void;
}

const SERVER_FILE = join(import.meta.dirname, '../../src/main.js');

/** How long a start may take, in milliseconds; migrations are small and the data folder is empty. */
const START_LIMIT_MS = 30_000;

/** How long a stop may take, in milliseconds: closing a large database writes its log of changes back into it. */
const STOP_LIMIT_MS = 120_000;

const POLL_MS = 20;

/** Starts the built server on a free port and waits until it is healthy. Killed at the end of the scope, if it still runs. */
export async function startServer({ adminKey, settings, leftovers, signal, onBreakdown }: ServerOptions): Promise<ServerProcess> {
  const port = await takeFreePort();
  const child = spawn(process.execPath, [SERVER_FILE], {
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      ADMIN_API_KEY: adminKey,
      DANGEROUSLY_ALLOWED_ADDRESSES: '127.0.0.0/8',
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
  const api = createApiClient(url, adminKey);
  const server: ServerProcess = {
    url,
    pid: child.pid!,
    api,
    get errorCount() {
      return said.errorCount;
    },
    async stop() {
      isStopping = true;
      child.kill('SIGTERM');
      const status = await until(exited, within(STOP_LIMIT_MS, signal, `The server did not stop within ${STOP_LIMIT_MS} ms.`));
      if (status !== 0) throw new Error(`The server was asked to stop and ended with ${status}. It said last:\n${said.text}`);
    },
    async [Symbol.asyncDispose]() {
      isStopping = true;
      child.kill('SIGKILL');
      await Promise.all([exited, api[Symbol.asyncDispose]()]);
    },
  };
  try {
    await untilHealthy(server.url, within(START_LIMIT_MS, signal, `The server was not healthy within ${START_LIMIT_MS} ms.`));
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return server;
}

async function untilHealthy(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/health`, { signal }).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return;
    await pause(POLL_MS, signal);
  }
}
