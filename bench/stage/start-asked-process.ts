import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { AskedMessage, Commands } from './asked-messages.js';
import type { StageParts } from './stage-parts.js';
import { until } from './until.js';

/** A process of the benchmark's own that can be asked for what it does and has seen, and that counts aloud. */
export interface AskedProcess<Known extends Commands> extends AsyncDisposable {
  pid: number;
  /** What it has counted as far as it has told. */
  readonly toldCount: number;
  ask<Name extends keyof Known>(name: Name, given: Known[Name]['given']): Promise<Known[Name]['answer']>;
  /** Waits until it has counted so many. */
  hasTold(count: number, signal: AbortSignal): Promise<void>;
}

/** Starts the built file, which is called `name` where it breaks down. Killed at the end of the scope. */
export function startAskedProcess<Known extends Commands>(
  file: string,
  name: string,
  { leftovers, signal, onBreakdown }: StageParts,
): AskedProcess<Known> {
  const child = fork(file, { env: { PATH: process.env.PATH }, execArgv: [], serialization: 'advanced' });
  leftovers.addProcess(child);
  const pending = new Map<number, PromiseWithResolvers<unknown>>();
  const waiting = new Set<() => void>();
  let lastId = 0;
  let toldCount = 0;
  let isStopping = false;
  const exited = once(child, 'exit').then(([code, by]) => {
    if (!isStopping) onBreakdown(new Error(`The ${name} ended with ${String(code ?? by)}.`));
  });
  child.on('message', (message: AskedMessage) => {
    if ('count' in message) {
      toldCount = message.count;
      for (const look of waiting) look();
      return;
    }
    const asked = pending.get(message.id);
    pending.delete(message.id);
    if ('fault' in message) asked?.reject(new Error(message.fault));
    else asked?.resolve(message.answer);
  });

  return {
    pid: child.pid!,
    get toldCount() {
      return toldCount;
    },
    async ask<Name extends keyof Known>(command: Name, given: Known[Name]['given']) {
      const id = (lastId += 1);
      const asked = Promise.withResolvers<unknown>();
      pending.set(id, asked);
      child.send({ id, name: command, given });
      return await until(asked.promise, signal);
    },
    async hasTold(count, untilSignal) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = () => {
        if (toldCount >= count) resolve();
      };
      waiting.add(look);
      look();
      await until(promise, untilSignal).finally(() => waiting.delete(look));
    },
    async [Symbol.asyncDispose]() {
      isStopping = true;
      child.kill('SIGKILL');
      await exited;
    },
  };
}
