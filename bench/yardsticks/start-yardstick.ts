import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Leftovers } from '../stage/leftovers.js';
import { until, within } from '../stage/until.js';
import { YARDSTICKS, type YardstickMessage, type YardstickName, type YardstickPlan, type YardstickWork } from './yardstick-plan.js';

/** A yardstick that is warm, in a process of its own as the server is. */
export interface YardstickProcess extends AsyncDisposable {
  pid: number;
  description: string;
  /** Lets it deliver, to the end. */
  run(): Promise<YardstickWork>;
}

export interface YardstickOptions {
  leftovers: Leftovers;
  signal: AbortSignal;
}

/** For each of its steps, in milliseconds: connecting and warming up, delivering, clearing up. */
const STEP_LIMIT_MS = 300_000;

/** Starts one and waits until it is warm. Throws where it breaks, with what it said. Killed at the end of the scope, if it still runs. */
export async function startYardstick(
  name: YardstickName,
  plan: YardstickPlan,
  { leftovers, signal }: YardstickOptions,
): Promise<YardstickProcess> {
  const { title, file } = YARDSTICKS[name];
  const child = fork(join(import.meta.dirname, file), [JSON.stringify(plan)], { env: { PATH: process.env.PATH }, execArgv: [] });
  leftovers.addProcess(child);
  const said = { ready: Promise.withResolvers<string>(), done: Promise.withResolvers<YardstickWork>() };
  // Whoever waits hears of it; nobody may be waiting yet.
  for (const { promise } of Object.values(said)) promise.catch(() => {});
  const fail = (why: string) => {
    for (const { reject } of Object.values(said)) reject(new Error(`The yardstick ${title} broke: ${why}`));
  };
  child.on('message', (message: YardstickMessage) => {
    if ('ready' in message) said.ready.resolve(message.ready.description);
    else if ('done' in message) said.done.resolve(message.done);
    else fail(message.fault);
  });
  const exited = once(child, 'exit').then(([code, by]) => fail(`it ended with ${String(code ?? by)}.`));
  const step = <Value>(awaited: Promise<Value>) =>
    until(awaited, within(STEP_LIMIT_MS, signal, `The yardstick ${title} took longer than ${STEP_LIMIT_MS} ms.`));

  async function kill(): Promise<void> {
    child.kill('SIGKILL');
    await exited;
  }

  try {
    const description = await step(said.ready.promise);
    return {
      pid: child.pid!,
      description,
      async run() {
        child.send('go');
        const work = await step(said.done.promise);
        // It clears up behind itself.
        await step(exited);
        return work;
      },
      [Symbol.asyncDispose]: kill,
    };
  } catch (error) {
    await kill();
    throw error;
  }
}
