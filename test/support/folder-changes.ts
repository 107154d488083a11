import { type FSWatcher, watch } from 'node:fs';

/** Counts the changes of files in a folder, from now on and until the end of the scope. */
export class FolderChanges implements Disposable {
  readonly #watcher: FSWatcher;
  #count = 0;
  #change = Promise.withResolvers<void>();

  constructor(folder: string) {
    this.#watcher = watch(folder, () => {
      this.#count += 1;
      this.#change.resolve();
      this.#change = Promise.withResolvers<void>();
    });
  }

  get count(): number {
    return this.#count;
  }

  /** Waits until there were so many in all. */
  async reach(count: number): Promise<void> {
    while (this.#count < count) await this.#change.promise;
  }

  [Symbol.dispose](): void {
    this.#watcher.close();
  }
}
