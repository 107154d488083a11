import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { SharedExecutions } from './shared-executions.js';

/** How a stream's notices come about. */
export interface NoticeOptions {
  freshContext: () => unknown;
  executions: SharedExecutions;
  /** What a notice depends on beside the change it tells of. */
  key: string;
}

/**
 * graphql-js's `subscribe`, but with a fresh context for each notice: an entity manager that lived as long as a
 * subscription would answer with what it once read, and grow. It pulls: while the reader is slow, nothing is asked for.
 */
export async function subscribeWithFreshContexts(
  args: ExecutionArgs,
  { freshContext, executions, key }: NoticeOptions,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;

  const notices = source[Symbol.asyncIterator]();
  const results: AsyncIterableIterator<ExecutionResult> = {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      const { done, value } = await notices.next();
      if (done) return { done, value: undefined };
      const run = async () => execute({ ...args, rootValue: value, contextValue: freshContext() });
      return { done: false, value: await executions.execute(value as object, key, run) };
    },
    async return() {
      await notices.return?.();
      return { done: true, value: undefined };
    },
  };
  return results;
}
