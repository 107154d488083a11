import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { CommandName, ReceiverCommands, ReceiverMessage } from './receiver-commands.js';
import type { StageParts } from './stage-parts.js';
import { until } from './until.js';

/** The receiver, a process of its own that can be asked for what it has seen. */
export interface ReceiverProcess extends AsyncDisposable {
  pid: number;
  /** How many deliveries it has answered as far as it has told, doubles not counted. */
  readonly answeredCount: number;
  ask<Name extends CommandName>(name: Name, given: ReceiverCommands[Name]['given']): Promise<ReceiverCommands[Name]['answer']>;
  /** Waits until it has answered so many deliveries. */
  hasAnswered(count: number, signal: AbortSignal): Promise<void>;
}

const RECEIVER_FILE = join(import.meta.dirname, 'receiver-main.js');

/** Starts the receiver. Killed at the end of the scope. */
export function startReceiver({ leftovers, signal, onBreakdown }: StageParts): ReceiverProcess {
  const child = fork(RECEIVER_FILE, { env: { PATH: process.env.PATH }, execArgv: [], serialization: 'advanced' });
  leftovers.addProcess(child);
  const pending = new Map<number, PromiseWithResolvers<unknown>>();
  const waiting = new Set<() => void>();
  let lastId = 0;
  let answeredCount = 0;
  let isStopping = false;
  const exited = once(child, 'exit').then(([code, by]) => {
    if (!isStopping) onBreakdown(new Error(`The receiver ended with ${String(code ?? by)}.`));
  });
  child.on('message', (message: ReceiverMessage) => {
    if ('answeredCount' in message) {
      ({ answeredCount } = message);
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
    get answeredCount() {
      return answeredCount;
    },
    async ask<Name extends CommandName>(name: Name, given: ReceiverCommands[Name]['given']) {
      const id = (lastId += 1);
      const asked = Promise.withResolvers<unknown>();
      pending.set(id, asked);
      child.send({ id, name, given });
      return (await until(asked.promise, signal)) as ReceiverCommands[Name]['answer'];
    },
    async hasAnswered(count, untilSignal) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = () => {
        if (answeredCount >= count) resolve();
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
