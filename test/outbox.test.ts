import { expect, it } from 'vitest';
import { Outbox } from '../src/outbox.js';

it('an outbox posts what came in one turn of the event loop together, in its order, and nothing when there is nothing', async () => {
  const posted: Array<readonly number[]> = [];
  const outbox = new Outbox<number>((items) => posted.push(items));

  outbox.add(1);
  outbox.add(2);
  await new Promise(setImmediate);
  outbox.add(3);
  outbox.flush();
  await new Promise(setImmediate);

  expect(posted).toEqual([[1, 2], [3]]);
});
