import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { Outlet, Place } from './limits/outlet.js';
import type { SharedExecutions } from './shared-executions.js';

/** How a stream's notices come about. */
export interface NoticeOptions {
  freshContext: () => unknown;
  executions: SharedExecutions;
  /** What a notice depends on beside the change it tells of. */
  key: string;
  /** The way out that it has with others. */
  outlet: Outlet;
  /** Called once when the stream has ended, or never began. */
  ended: () => void;
}

/**
 * graphql-js's `subscribe`, but with a fresh context for each notice: an entity manager that lived as long as a
 * subscription would answer with what it once read, and grow. It pulls: while the reader is slow, nothing is asked for,
 * and while the socket's is, by whatever subscription, nothing is made.
 */
export async function subscribeWithFreshContexts(
  args: ExecutionArgs,
  { freshContext, executions, key, outlet, ended }: NoticeOptions,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  let isOver = false;
  let place: Place | undefined;
  const end = () => {
    if (isOver) return;
    isOver = true;
    outlet.give(place);
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

  async function leave(): Promise<IteratorResult<ExecutionResult, undefined>> {
    end();
    await notices.return?.();
    return { done: true, value: undefined };
  }

  const results: AsyncIterableIterator<ExecutionResult> = {
    [Symbol.asyncIterator]() {
      return this;
    },
    // It waits as seldom as it can: a thousand streams are told of a change in one moment.
    async next() {
      try {
        // Who asks for the next has written the last.
        outlet.give(place);
        const { done, value } = await notices.next();
        if (done) return leave();
        if (!outlet.hasRoom && !(await outlet.room())) return leave();
        const run = async () => execute({ ...args, rootValue: value, contextValue: freshContext() });
        const result = await executions.execute(value as object, key, run);
        while (!outlet.hasRoom) if (!(await outlet.room())) return leave();
        if (isOver) return leave();
        place = outlet.take();
        return { done: false, value: result };
      } catch (error) {
        end();
        throw error;
      }
    },
    return: leave,
  };
  return results;
}
