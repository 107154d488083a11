import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const CLIENTS = join(import.meta.dirname, 'clients');

/** A program that is a client, with what it is started by. */
export type ClientProgram = readonly [command: string, ...args: string[]];

/** One of the programs in `clients/` on this very Node, whose types Node takes away. */
export function nodeClient(file: string): ClientProgram {
  return [process.execPath, join(CLIENTS, file)];
}

/** One of the programs in `clients/` on a Python that has gql. */
export function pythonClient(python: string, file: string): ClientProgram {
  return [python, join(CLIENTS, file)];
}

/** One of the programs in `clients/` that is in one file of Java. */
export function javaClient(file: string): ClientProgram {
  return ['java', join(CLIENTS, file)];
}

/** Whether there is a program of this name that says its version. */
export async function isInstalled(command: string, pattern = /./): Promise<boolean> {
  const told = await promisify(execFile)(command, ['--version']).catch(() => ({ stdout: '' }));
  return pattern.test(told.stdout);
}

/** Runs a client to its end and answers with what it has printed. Throws with what it said of its errors where it fails. */
export async function runClient([command, ...args]: ClientProgram, environment: Record<string, string> = {}): Promise<string> {
  const env = { PATH: process.env.PATH, ...environment };
  const { stdout } = await promisify(execFile)(command, args, { env, timeout: 60_000, maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}
