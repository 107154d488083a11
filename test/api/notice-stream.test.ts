import { buildSchema, type ExecutionResult, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { Outlet, type Place } from '../../src/api/limits/outlet.js';
import { subscribeWithFreshContexts } from '../../src/api/notice-stream.js';
import { SharedExecutions } from '../../src/api/shared-executions.js';
import { ManualClock } from '../support/manual-clock.js';

const schema = buildSchema('type Query { a: Int } type Subscription { number: Int }');
const document = parse('subscription { number }');

/** A source of numbers, which are given as they are asked for. */
class Source implements AsyncIterableIterator<{ number: number }, undefined> {
  readonly #asked: Array<PromiseWithResolvers<IteratorResult<{ number: number }, undefined>>> = [];
  askedCount = 0;
  isLeft = false;

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<{ number: number }, undefined>> {
    const answer = Promise.withResolvers<IteratorResult<{ number: number }, undefined>>();
    this.askedCount += 1;
    this.#asked.push(answer);
    return answer.promise;
  }

  async return(): Promise<IteratorResult<{ number: number }, undefined>> {
    this.isLeft = true;
    this.end();
    return { done: true, value: undefined };
  }

  give(number: number): void {
    this.#asked.shift()!.resolve({ done: false, value: { number } });
  }

  end(): void {
    this.#asked.shift()?.resolve({ done: true, value: undefined });
  }

  break(error: Error): void {
    this.#asked.shift()!.reject(error);
  }
}

const turn = () => new Promise(setImmediate);

/** A stream that runs, with what it sends; each notice is written when the test says so. */
async function start(outlet = makeOutlet()) {
  const source = new Source();
  const sent: ExecutionResult[] = [];
  const writes: Array<() => void> = [];
  const counts = { ended: 0 };
  const stream = await subscribeWithFreshContexts(
    { schema, document, rootValue: { number: async () => source } },
    {
      freshContext: () => ({}),
      executions: new SharedExecutions(),
      key: 'key',
      outlet,
      send(result) {
        sent.push(result);
        return new Promise((resolve) => void writes.push(resolve));
      },
      ended: () => void (counts.ended += 1),
    },
  );
  if (!('next' in stream)) throw new Error('The stream has not begun.');
  const running = stream.next();
  await turn();
  return { source, sent, writes, counts, stream, running };
}

function makeOutlet(): Outlet {
  return new Outlet({ clock: new ManualClock(), isBehind: () => false, stalled: () => {} });
}

const fill = (outlet: Outlet): Place[] => Array.from({ length: 64 }, () => outlet.take());

describe('a stream of notices', () => {
  it('sends each and asks for the next when it is written', async () => {
    const { source, sent, writes } = await start();
    source.give(1);
    await turn();
    const askedBefore = source.askedCount;

    writes.shift()!();
    await turn();
    source.give(2);
    await turn();

    expect(askedBefore).toBe(1);
    expect(sent.map(({ data }) => ({ ...data }))).toEqual([{ number: 1 }, { number: 2 }]);
  });

  it.each<{ how: string; leave: (flow: Awaited<ReturnType<typeof start>>) => unknown }>([
    { how: 'its client leaves', leave: ({ stream }) => stream.return!() },
    { how: 'its source ends', leave: ({ source }) => source.end() },
  ])('ends when $how, and says so once', async ({ leave }) => {
    const flow = await start();

    await leave(flow);

    expect(await flow.running).toEqual({ done: true, value: undefined });
    expect(flow.source.isLeft).toBe(true);
    expect(flow.counts.ended).toBe(1);
  });

  it('ends with the fault of its source, which it leaves', async () => {
    const { source, running, counts } = await start();

    source.break(new Error('broken'));

    await expect(running).rejects.toThrow('broken');
    expect(source.isLeft).toBe(true);
    expect(counts.ended).toBe(1);
  });

  it('makes nothing while its socket has no room', async () => {
    const outlet = makeOutlet();
    const places = fill(outlet);
    const { source, sent } = await start(outlet);
    source.give(1);
    await turn();
    const sentBefore = sent.length;

    outlet.give(places[0]);
    await turn();

    expect([sentBefore, sent.length]).toEqual([0, 1]);
  });

  it('sends nothing any more once it is left, and lets the next one have the room', async () => {
    const outlet = makeOutlet();
    const places = fill(outlet);
    const [left, next] = [await start(outlet), await start(outlet)];
    for (const { source } of [left, next]) source.give(1);
    await turn();

    await left.stream.return!();
    outlet.give(places[0]);
    await turn();

    expect([left.sent.length, next.sent.length]).toEqual([0, 1]);
  });
});
