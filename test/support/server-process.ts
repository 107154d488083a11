import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { COMPILE_CACHE, SERVER_FILE } from './build.js';
import { databaseFor, databaseUrlOf, onPostgres } from './postgres.js';
import { ADMIN_KEY, type Answer } from './server.js';
import { TEST_KEY } from './test-ring.js';

/** The server as its users run it: a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Its log so far, line by line. */
  readonly log: readonly Record<string, any>[];
  gql<Value = any>(query: string, variables?: Record<string, unknown>): Promise<Value>;
  /** The first line of the log with this message, as soon as it is there; with a count, the one that makes it so many. */
  logged(message: string, count?: number): Promise<Record<string, any>>;
  /** Puts it to sleep, as a machine does that is overloaded or moved, or wakes it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** Sends a signal and answers with the exit status, or the name of the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

/** A server from its first moment on, when it does not listen yet. */
export interface StartingProcess extends Pick<ServerProcess, 'end'> {
  /** Resolves when it listens; rejects when it ends before. */
  readonly started: Promise<ServerProcess>;
}

/** Starts the compiled server on a free port and waits until it listens. Settings go over the defaults. */
export async function startServerProcess(dataDir: string, settings: Record<string, string> = {}): Promise<ServerProcess> {
  await databaseFor(dataDir);
  return spawnServerProcess(dataDir, settings).started;
}

/**
 * As `startServerProcess`, without waiting, on a database that is there: for those who end it while it starts. With a limit of
 * files, it may have no more open at once, connections included.
 */
export function spawnServerProcess(dataDir: string, settings: Record<string, string> = {}, fileLimit?: number): StartingProcess {
  // The engine raises its limit of open files as far as it may: the shell before it lowers how far that is.
  const limiting = ['/bin/sh', '-c', `ulimit -n ${fileLimit} && exec "$0" "$@"`];
  const [command, ...args] = [...(fileLimit === undefined ? [] : limiting), process.execPath, SERVER_FILE];
  const child = spawn(command, args, {
    env: {
      ...COMPILE_CACHE,
      PATH: process.env.PATH,
      PORT: '0',
      DATA_DIR: dataDir,
      ADMIN_API_KEY: ADMIN_KEY,
      ENCRYPTION_KEYS: TEST_KEY,
      DANGEROUSLY_ALLOWED_ADDRESSES: '127.0.0.0/8',
      ...(onPostgres ? { DATABASE_URL: databaseUrlOf(dataDir), TAKEOVER_AFTER: '1s' } : {}),
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const log: Record<string, any>[] = [];
  const waiting = new Set<() => void>();
  // Its end is told when its log is read to the end.
  const exited = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{')) log.push(...parseLine(line));
    for (const wake of waiting) wake();
  });

  async function logged(message: string, count = 1): Promise<Record<string, any>> {
    for (;;) {
      const line = log.filter(({ msg }) => msg === message)[count - 1];
      if (line !== undefined) return line;
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.add(resolve);
      const ended = await Promise.race([promise, exited.then((status) => ({ status }))]);
      waiting.delete(resolve);
      if (ended !== undefined) throw new Error(`The server ended with ${ended.status} before it logged ${message}: ${JSON.stringify(log)}`);
    }
  }

  async function end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    child.kill(signal);
    return exited;
  }

  async function start(): Promise<ServerProcess> {
    const { url } = await logged('server.started');
    return {
      url,
      pid: child.pid!,
      log,
      logged,
      async gql(query, variables = {}) {
        const response = await fetch(`${url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_KEY}` },
          body: JSON.stringify({ query, variables }),
        });
        const { data, errors } = (await response.json()) as Answer;
        if (errors !== undefined) throw new Error(JSON.stringify(errors, null, 2));
        return data;
      },
      signal: (signal) => void child.kill(signal),
      end,
      async [Symbol.asyncDispose]() {
        await end('SIGKILL');
      },
    };
  }

  return { started: start(), end };
}

/** The line in a list; none where a kill has cut it off. */
function parseLine(line: string): Record<string, any>[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}
