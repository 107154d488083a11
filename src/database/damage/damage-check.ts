import { type ChildProcess, fork } from 'node:child_process';
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';
import { sqliteFileOf } from '../sqlite-file.js';
import type { DamageReport } from './damage-check-process.js';

export interface DamageCheckOptions {
  dataDir: string;
  clock: Clock;
  log: Log;
}

/**
 * Whether the database is to be read through: where the last server on this folder did not close it, so that its log (`-wal`) is left,
 * and where the last look was cut off or found something. To be asked before it is opened.
 */
export async function isSuspect(dataDir: string): Promise<boolean> {
  const signs = [`${sqliteFileOf(dataDir)}-wal`, uncheckedFileOf(dataDir)].map((file) => stat(file).catch(() => null));
  return (await Promise.all(signs)).some((found) => found !== null);
}

/** There from the beginning of a look until one has found nothing. */
function uncheckedFileOf(dataDir: string): string {
  return join(dataDir, 'hookgraph.unchecked');
}

/**
 * Reads the database through beside the server, for pages that are damaged, and tells the log and `/health`. In a process of its own, at
 * the lowest priority: ten gigabytes take minutes, in which SQLite can't be interrupted, and a process can be ended at any time.
 */
export class DamageCheck {
  readonly #options: DamageCheckOptions;
  readonly #child: ChildProcess;
  readonly #startedAt: number;
  /** Where the folder can't be written, there are others to say so. */
  #marked: Promise<void>;
  #isDamaged = false;

  constructor(options: DamageCheckOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
    this.#marked = writeFile(uncheckedFileOf(options.dataDir), '').catch(() => {});
    const file = fileURLToPath(new URL('./damage-check-process.js', import.meta.url));
    // It needs none of the settings, and some of them are secret.
    this.#child = fork(file, [sqliteFileOf(options.dataDir)], { env: {}, execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    let report: DamageReport | undefined;
    this.#child.on('message', (message) => void (report = message as DamageReport));
    this.#child.on('error', ({ message }) => (report ??= { fault: message }));
    this.#child.on('close', (code, signal) => this.#ended(report ?? { fault: `It ended by itself with ${code ?? signal}.` }));
    options.log.info({ reason: 'The database was not closed, or not found to be sound.' }, 'database.check_started');
  }

  /** What is wrong, a sentence each, as `findStorageProblems`. */
  get problems(): string[] {
    return this.#isDamaged ? ['The database file is damaged; the log says where.'] : [];
  }

  /** Looks no further. */
  stop(): void {
    this.#child.removeAllListeners();
    this.#child.on('error', () => {});
    this.#child.kill('SIGKILL');
  }

  #ended(report: DamageReport): void {
    const { log, clock, dataDir } = this.#options;
    const durationMs = clock.now() - this.#startedAt;
    if ('fault' in report) {
      log.warn({ reason: report.fault, durationMs }, 'database.unchecked');
      return;
    }
    const { findings } = report;
    if (findings.length === 0) {
      this.#marked = this.#marked.then(() => rm(uncheckedFileOf(dataDir), { force: true })).catch(() => {});
      log.info({ durationMs }, 'database.checked');
      return;
    }
    this.#isDamaged = true;
    const advice =
      'Stop the server, keep a copy of the data folder, and put back a backup, or what sqlite3 hookgraph.sqlite ".recover" can read.';
    log.error({ findings, durationMs, advice }, 'database.damaged');
  }
}
