import { Worker } from 'node:worker_threads';
import type { FromThread, ToThread } from './messages.js';

/** A thread that works on requests, batch by batch. */
export interface SchemaThread {
  post(requests: ToThread): void;
  /** The number of the request that is worked on; 0 where there is none. */
  running(): number;
  /** Ends it at once, whatever it is at. Neither listener is called from then on. */
  terminate(): Promise<void>;
}

export interface SchemaThreadListeners {
  answered(answers: FromThread): void;
  /** It ended by itself; `isOutOfMemory` where its work took too much. */
  ended(error: Error, isOutOfMemory: boolean): void;
}

export type StartSchemaThread = (listeners: SchemaThreadListeners, memoryMib?: number) => SchemaThread;

/** What one may hold: schemas are compiled to code, and a payload's faults are all listed. */
const MEMORY_MIB = 256;

/** Starts a thread of its own for schemas and what is held against them. */
export const startSchemaThread: StartSchemaThread = ({ answered, ended }, memoryMib = MEMORY_MIB) => {
  const progress = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const numbers = new Int32Array(progress);
  const worker = new Worker(new URL('./schema-thread.js', import.meta.url), {
    workerData: { progress },
    resourceLimits: { maxOldGenerationSizeMb: memoryMib, maxYoungGenerationSizeMb: 16 },
  });
  let isOver = false;
  const endBy = (error: Error) => {
    if (isOver) return;
    isOver = true;
    ended(error, (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY');
  };
  worker.on('message', (answers: FromThread) => {
    if (!isOver) answered(answers);
  });
  worker.on('error', (error: unknown) => endBy(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', (code) => endBy(new Error(`The thread that checks payloads ended with ${code}.`)));
  return {
    post: (requests) => worker.postMessage(requests),
    running: () => Atomics.load(numbers, 0),
    async terminate() {
      isOver = true;
      await worker.terminate();
    },
  };
};
