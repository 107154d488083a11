import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** A PgBouncer of this process alone, on loopback, in front of the tests' PostgreSQL: a connection is a client's for one transaction at a time. */
export interface Pooler extends AsyncDisposable {
  /** The URL of a database as it is to be reached through the pooler. */
  through(databaseUrl: string): string;
}

export interface PoolerOptions {
  /** How many connections to PostgreSQL all servers of a database share. */
  connectionCount: number;
  /** Further settings of PgBouncer, such as `ignore_startup_parameters=statement_timeout`. */
  settings?: readonly string[];
}

const PROGRAM = process.env.PGBOUNCER ?? '/usr/sbin/pgbouncer';

/** Starts it on a free port; stopped at the end of the scope. Throws where PgBouncer is not installed. */
export async function startPooler({ connectionCount, settings = [] }: PoolerOptions): Promise<Pooler> {
  await access(PROGRAM).catch(() => {
    throw new Error(
      `These tests need PgBouncer, and there is none at ${PROGRAM}. Install it (apt-get install pgbouncer), ` +
        'or name it in PGBOUNCER where it is elsewhere.',
    );
  });
  const folder = await mkdtemp(join(tmpdir(), 'hookgraph-pooler-'));
  const port = await findFreePort();
  const { hostname, port: postgresPort, username, password } = new URL(process.env.TEST_DATABASE_URL!);
  const lines = [
    '[databases]',
    `* = host=${hostname} port=${postgresPort || 5432} user=${username} password=${password}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    `default_pool_size = ${connectionCount}`,
    'max_client_conn = 500',
    'log_connections = 0',
    'log_disconnections = 0',
    ...settings,
  ];
  const file = join(folder, 'pgbouncer.ini');
  await writeFile(file, lines.join('\n'));
  // It never runs as root, and reads its settings as whom it runs.
  await chmod(folder, 0o755);
  const user = userInfo().uid === 0 ? ['-u', 'nobody'] : [];
  const child = spawn(PROGRAM, [...user, file], { stdio: ['ignore', 'ignore', 'pipe'] });
  const kill = () => void child.kill('SIGKILL');
  // It would outlive a test that hangs.
  process.once('exit', kill);
  await untilUp(child);
  return {
    through(databaseUrl) {
      const url = new URL(databaseUrl);
      url.hostname = '127.0.0.1';
      url.port = String(port);
      return url.href;
    },
    async [Symbol.asyncDispose]() {
      process.removeListener('exit', kill);
      const closed = once(child, 'close');
      kill();
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilUp(child: ChildProcess): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('process up')) resolve();
    });
    child.once('close', () => reject(new Error(`PgBouncer did not start. It said: ${said}`)));
    child.once('error', reject);
  });
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
