import { expect, it } from 'vitest';
import { othersShare } from '../../../bench/stage/cpu-time.js';

it.each([
  ['half of the time', { allTicks: 100, othersTicks: 10 }, { allTicks: 300, othersTicks: 110 }, 0.5],
  ['a little less than nothing, by the roundness of ticks', { allTicks: 100, othersTicks: 10 }, { allTicks: 300, othersTicks: 9 }, 0],
  ['unknown where no time went by', { allTicks: 100, othersTicks: 10 }, { allTicks: 100, othersTicks: 10 }, null],
  ['unknown where the system does not tell', null, { allTicks: 100, othersTicks: 10 }, null],
])("the others' share is %s", (_title, before, after, expected) => {
  expect(othersShare(before, after)).toBe(expected);
});
