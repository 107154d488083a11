import { expect, it } from 'vitest';
import type { ApiClient } from '../../../bench/load/api-client.js';
import { LoadGenerator } from '../../../bench/load/load-generator.js';

const hooks = ['one', 'other', 'third'].map((id) => ({ id, organizationId: `organization of ${id}` }));

/** Answers as `answer` does, which is given how many events a call has. */
function clientThat(answer: (eventCount: number) => void): ApiClient {
  return {
    async ask<Data>(_: string, { input }: Record<string, any>) {
      answer(input.events.length);
      return {} as Data;
    },
    async [Symbol.asyncDispose]() {},
  };
}

it.each([
  ['few', 10, [4, 4, 2], { one: 4, other: 4, third: 2 }],
  ['many', 6500, [1000, 1000, 1000, 1000, 1000, 1000, 500], { one: 2500, other: 2000, third: 2000 }],
])('%s events in bulk go to the hooks in turns', async (_, count, sizes, shares) => {
  const calls: number[] = [];
  const heard: number[] = [];
  const generator = new LoadGenerator(
    clientThat((size) => void calls.push(size)),
    () => 0,
  );

  await generator.publishMany(hooks, count, (publishedCount) => heard.push(publishedCount));

  expect(calls).toEqual(sizes);
  expect(heard.at(-1)).toBe(count);
  const owed = Object.groupBy(generator.acknowledged.values(), (hookId) => hookId);
  expect(Object.fromEntries(Object.entries(owed).map(([hookId, all]) => [hookId, all!.length]))).toEqual(shares);
});

it('publishing in bulk ends where a call fails, and what it had is not acknowledged', async () => {
  const generator = new LoadGenerator(
    clientThat(() => {
      throw new Error('Full.');
    }),
    () => 0,
  );

  await generator.publishMany(hooks, 3000, () => {});

  expect(generator.acknowledged.size).toBe(0);
  expect(generator.failedCount).toBe(2000);
  expect(generator.firstFailure).toBe('Error: Full.');
});
