import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { Outlet, Place } from './limits/outlet.js';
import type { SharedExecutions } from './shared-executions.js';

/** How a stream's notices come about, and where they go. */
export interface NoticeOptions {
  freshContext: () => unknown;
  executions: SharedExecutions;
  /** What a notice depends on beside the change it tells of. */
  key: string;
  /** The way out that it has with others. */
  outlet: Outlet;
  /** Sends a notice; answers when it is written, or never will be. */
  send: (result: ExecutionResult) => Promise<void>;
  /** Called once when the stream has ended, or never began. */
  ended: () => void;
}

const OVER = { done: true, value: undefined } as const;

/**
 * graphql-js's `subscribe`, but with a fresh context for each notice: an entity manager that lived as long as a
 * subscription would answer with what it once read, and grow. It pulls: while the reader is slow, nothing is asked for,
 * and while the socket's is, by whatever subscription, nothing is made.
 *
 * What it gives is an iterator that sends each notice itself and is asked for no other one: a thousand streams are told of a change in one
 * moment, and what is between the change and the socket is counted a thousand times.
 */
export async function subscribeWithFreshContexts(
  args: ExecutionArgs,
  { freshContext, executions, key, outlet, send, ended }: NoticeOptions,
): Promise<AsyncIterableIterator<never> | ExecutionResult> {
  let isOver = false;
  const end = () => {
    if (isOver) return;
    isOver = true;
    ended();
  };

  const source = await createSourceEventStream(args).catch((error: unknown) => {
    end();
    throw error;
  });
  if (!(Symbol.asyncIterator in source)) {
    end();
    return source;
  }

  const notices = source[Symbol.asyncIterator]();

  async function sendAll(): Promise<void> {
    for (;;) {
      const { done, value } = await notices.next();
      if (done) return;
      let place: Place | undefined;
      try {
        while (!outlet.hasRoom) if (!(await outlet.room())) return;
        const run = async () => execute({ ...args, rootValue: value, contextValue: freshContext() });
        const result = await executions.execute(value as object, key, run);
        while (!outlet.hasRoom) if (!(await outlet.room())) return;
        if (isOver) return;
        place = outlet.take();
        await send(result);
      } finally {
        // Also where none was taken: who has waited for room lets the next one know.
        outlet.give(place);
      }
    }
  }

  async function leave(): Promise<IteratorReturnResult<undefined>> {
    end();
    await notices.return?.();
    return OVER;
  }

  const stream: AsyncIterableIterator<never> = {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        await sendAll();
      } finally {
        await leave();
      }
      return OVER;
    },
    return: leave,
  };
  return stream;
}
