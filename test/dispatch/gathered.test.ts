import { expect, it } from 'vitest';
import { Gathered } from '../../src/dispatch/gathered.js';

it('passes on once, and each thing once, what comes in one go, before anything else comes in', async () => {
  const passed: Array<readonly string[]> = [];
  const gathered = new Gathered<string>((items) => passed.push(items));

  for (const item of ['a', 'b', 'a']) gathered.add(item);
  const atOnce = passed.length;
  await Promise.resolve();
  gathered.add('a');
  await Promise.resolve();

  expect(atOnce).toBe(0);
  expect(passed).toEqual([['a', 'b'], ['a']]);
});

it('gathers anew what comes while it is passed on', async () => {
  const passed: Array<readonly string[]> = [];
  const gathered = new Gathered<string>((items) => {
    passed.push(items);
    if (passed.length === 1) gathered.add('a');
  });

  gathered.add('a');
  await Promise.resolve();
  await Promise.resolve();

  expect(passed).toEqual([['a'], ['a']]);
});
