import { expect, it } from 'vitest';
import { HookListeners } from '../../../bench/stage/hook-listeners.js';

it('a port that was closed refuses, and goes on where it was once it is open again', async () => {
  await using listeners = new HookListeners(() => 5);
  const port = await listeners.listen({ behaviour: 'answer', mayBeClosed: true });
  const send = async (number: number) =>
    (await fetch(`http://127.0.0.1:${port}/hook`, { method: 'POST', body: JSON.stringify({ data: { number, dueAt: 1 } }) })).status;
  expect(await send(1)).toBe(200);

  await listeners.close(port);

  await expect(send(2)).rejects.toThrow('fetch failed');
  await expect(listeners.close(port)).rejects.toThrow(`Nothing listens on port ${port}.`);

  await listeners.reopen(port);

  expect(await send(3)).toBe(200);
  expect([...listeners.takeArrivals().numbers]).toEqual([1, 3]);
  await expect(listeners.reopen(port)).rejects.toThrow(`Port ${port} was not closed.`);
});

it('a port that is closed is left alone by other runs', async () => {
  await using listeners = new HookListeners(() => 5);
  await using others = new HookListeners(() => 5);
  const port = await listeners.listen({ behaviour: 'answer', mayBeClosed: true });
  await listeners.close(port);

  const otherPort = await others.listen({ behaviour: 'answer', mayBeClosed: true });

  expect(otherPort).not.toBe(port);
  await listeners.reopen(port);
});

it('an arrival has the name that its delivery came with, and when it was answered', async () => {
  let now = 0;
  await using listeners = new HookListeners(() => (now += 1));
  const port = await listeners.listen({ behaviour: 'answer', mayBeClosed: false });
  const send = (headers: Record<string, string>) =>
    fetch(`http://127.0.0.1:${port}/hook`, { method: 'POST', headers, body: JSON.stringify({ data: { number: 1, dueAt: 0 } }) });

  await send({ 'webhook-id': 'the-delivery' });
  await send({});

  const { deliveryIds, arrivedAts, answeredAts } = listeners.takeArrivals();
  expect(deliveryIds).toEqual(['the-delivery', '']);
  expect([arrivedAts, answeredAts].map((instants) => [...instants])).toEqual([
    [1, 3],
    [2, 4],
  ]);
});

it('a request that is no delivery is turned away and counts for nothing', async () => {
  await using listeners = new HookListeners(() => 5);
  const port = await listeners.listen({ behaviour: 'answer', mayBeClosed: false });

  const { status } = await fetch(`http://127.0.0.1:${port}/health`);

  expect([status, listeners.answeredCount]).toEqual([404, 0]);
});
