import { describe, expect, it } from 'vitest';
import type { ApiClient } from '../../../bench/load/api-client.js';
import { closeBook } from '../../../bench/load/close-book.js';
import { PublishBook } from '../../../bench/load/publish-book.js';

const organization = {
  id: 'organization',
  hooks: [
    { id: 'first', port: 81 },
    { id: 'second', port: 82 },
  ],
};
const stored = ['first', 'second'].map((hookId) => ({ hookId, status: 'SUCCEEDED', count: 2 }));
const arrivals = { numbers: Float64Array.of(1, 1, 2, 2), ports: Float64Array.of(81, 82, 82, 81) };

describe('the book of a load', () => {
  it('is closed when each event has come to each hook', async () => {
    const book = await publish(2, async () => undefined);

    expect(closeBook(book, arrivals, stored)).toMatchObject({ publishedCount: 4, deliveredCount: 4, faults: [] });
  });

  it('is not closed when an event came to one of its hooks twice and to the other never', async () => {
    const book = await publish(2, async () => undefined);

    const ledger = closeBook(book, { ...arrivals, ports: Float64Array.of(81, 81, 82, 81) }, stored);

    expect(ledger).toMatchObject({ missingCount: 1, doubleCount: 1 });
    expect(ledger.faults).not.toEqual([]);
  });

  it('is not closed when a publish failed, and says of the first why', async () => {
    const book = await publish(2, () => Promise.reject(new Error('no')));

    expect(closeBook(book, { numbers: new Float64Array(), ports: new Float64Array() }, []).faults).toEqual([
      'Publishes without an acknowledgement: 2.',
      'The first publish that failed: Error: no',
    ]);
  });

  async function publish(eventCount: number, answer: () => Promise<unknown>): Promise<PublishBook> {
    const api = { ask: answer, [Symbol.asyncDispose]: async () => {} } as ApiClient;
    const book = new PublishBook([api], [organization], () => 0);
    for (let left = eventCount; left > 0; left -= 1) await book.publish(1);
    return book;
  }
});
