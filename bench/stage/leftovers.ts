import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';

/** The processes that run and the folders that are there because of the benchmark, for an end that no scope sees. */
export class Leftovers {
  readonly #processes = new Set<ChildProcess>();
  readonly #folders = new Set<string>();

  addProcess(child: ChildProcess): void {
    this.#processes.add(child);
    child.once('exit', () => this.#processes.delete(child));
  }

  addFolder(folder: string): void {
    this.#folders.add(folder);
  }

  /** Removes a folder before the end. */
  removeFolder(folder: string): void {
    // A process that was killed this moment may still have its last write on the way.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    this.#folders.delete(folder);
  }

  /** Ends and removes all that is left. Synchronous, because a process that is ending waits for nothing. */
  clear(): void {
    for (const child of this.#processes) child.kill('SIGKILL');
    for (const folder of this.#folders) this.removeFolder(folder);
  }
}
