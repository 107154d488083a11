import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A Python that has gql; null where there is none. */
    python: string | null;
  }
}

const REQUIREMENTS = join(import.meta.dirname, 'clients/requirements.txt');

/** How long pip may take, in milliseconds. */
const INSTALL_LIMIT_MS = 180_000;

/**
 * Installs Python's gql into a folder that goes with the tests, or takes the Python that `PYTHON` names. Where there is no Python, or no
 * package index at the moment, the tests do without it and say so: neither is a fault of ours.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'hookgraph-python-'));
  project.provide('python', process.env.PYTHON ?? (await install(folder)));
  return () => rm(folder, { recursive: true, force: true });
}

async function install(folder: string): Promise<string | null> {
  const python = join(folder, 'bin/python');
  const run = promisify(execFile);
  try {
    await run('python3', ['-m', 'venv', folder]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--retries', '1', '--only-binary', ':all:'];
    await run(python, [...pip, '--requirement', REQUIREMENTS], { timeout: INSTALL_LIMIT_MS });
    return python;
  } catch (error) {
    const { message, stderr = '' } = error as Error & { stderr?: string };
    const reason = stderr.trim().split('\n').slice(-3).join('\n') || message;
    console.warn(`SKIPPED: Python's gql could not be installed, so it is not tested. Name a Python that has it by PYTHON.\n${reason}`);
    return null;
  }
}
