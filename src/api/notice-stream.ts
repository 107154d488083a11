import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult } from 'graphql';

/**
 * graphql-js's `subscribe`, but with a fresh context for each notice: an entity manager that lived as long as a
 * subscription would answer with what it once read, and grow. It pulls: while the reader is slow, nothing is asked for.
 */
export async function subscribeWithFreshContexts(
  args: ExecutionArgs,
  freshContext: () => unknown,
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
      return { done: false, value: await execute({ ...args, rootValue: value, contextValue: freshContext() }) };
    },
    async return() {
      await notices.return?.();
      return { done: true, value: undefined };
    },
  };
  return results;
}
