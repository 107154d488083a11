import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What is held on to in this process, in bytes: the heap when all that can go is gone, and what hangs on it outside. */
export async function readHeldBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  // What is freed when something else is found to be gone takes a second round.
  for (let round = 0; round < 3; round += 1) {
    await new Promise(setImmediate);
    collect();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
