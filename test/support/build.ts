import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Where the tests find the compiled server; inside the project, so that its packages are found from there. */
export const BUILT_DIR = join(import.meta.dirname, '../../node_modules/.cache/hookgraph-tests');

/** For the environment of a process: Node.js keeps there what it compiled, so that the next process starts sooner. */
export const COMPILE_CACHE = { NODE_COMPILE_CACHE: join(BUILT_DIR, 'compile-cache') };

/** The program that users start. */
export const SERVER_FILE = join(BUILT_DIR, 'server/main.js');

/** GraphiQL's page, as it is built. */
export const PAGE_DIR = join(BUILT_DIR, 'server/graphiql');

/** Builds what has changed, once before all tests, for those that run the server as its users do: as a process. */
export async function setup(): Promise<void> {
  await promisify(execFile)(process.execPath, ['scripts/build.ts', BUILT_DIR]);
}
