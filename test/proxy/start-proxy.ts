import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock.js';

/** A reverse proxy of this process alone, on loopback, in front of a test's server. */
export interface Proxy extends AsyncDisposable {
  /** Where it listens: `http://127.0.0.1:12345`. */
  readonly url: string;
}

const programs = {
  nginx: {
    path: process.env.NGINX ?? '/usr/sbin/nginx',
    args: (file: string, folder: string) => ['-p', folder, '-c', file, '-e', 'stderr', '-g', 'daemon off;'],
    /** README's configuration, on another port and without TLS. */
    adapt: (text: string, address: string, target: string, folder: string) => {
      const here = text
        .replace('listen 443 ssl;', `listen ${address};`)
        .replaceAll(/^ *ssl_.*\n/gm, '')
        .replace('127.0.0.1:4000', target);
      const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n');
      return `pid ${folder}/pid;\nevents {}\nhttp {\naccess_log off;\n${paths}\n${here}}\n`;
    },
  },
  caddy: {
    path: process.env.CADDY ?? '/usr/bin/caddy',
    args: (file: string) => ['run', '--adapter', 'caddyfile', '--config', file],
    adapt: (text: string, address: string, target: string) =>
      `{\n  admin off\n  auto_https off\n}\n${text.replace('hooks.example.com', `http://${address}`).replace('127.0.0.1:4000', target)}`,
  },
} as const;

/** Starts it on a free port with a configuration of the README; stopped at the end of the scope. Throws where it is not installed. */
export async function startProxy(name: keyof typeof programs, configuration: string, server: { url: string }): Promise<Proxy> {
  const { path, args, adapt } = programs[name];
  await access(path).catch(() => {
    throw new Error(`These tests need ${name}, and there is none at ${path}. Install it, or name it in ${name.toUpperCase()}.`);
  });
  const folder = await mkdtemp(join(tmpdir(), 'hookgraph-proxy-'));
  // nginx keeps bodies there as another user, where it is started by root.
  await chmod(folder, 0o755);
  const address = `127.0.0.1:${await findFreePort()}`;
  const file = join(folder, 'configuration');
  await writeFile(file, adapt(configuration, address, new URL(server.url).host, folder));
  const child = spawn(path, args(file, folder), { stdio: ['ignore', 'ignore', 'pipe'], env: { HOME: folder } });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const closed = once(child, 'close');
  const kill = () => void child.kill('SIGTERM');
  // It would outlive a test that hangs.
  process.once('exit', kill);
  const url = `http://${address}`;
  while (
    !(await fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null) throw new Error(`${name} did not start. It said: ${said}`);
    await new Promise<void>((resolve) => systemClock.after(20, resolve));
  }
  return {
    url,
    async [Symbol.asyncDispose]() {
      process.removeListener('exit', kill);
      kill();
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
