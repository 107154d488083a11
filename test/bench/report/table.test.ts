import { expect, it } from 'vitest';
import { formatTable } from '../../../bench/report/table.js';

it('a table has its first column to the left and numbers to the right', () => {
  const lines = formatTable(
    ['run', 'p50'],
    [
      ['1 clean', '3.0'],
      ['2', '12.25'],
    ],
  );

  expect(lines).toEqual(['run        p50', '1 clean    3.0', '2        12.25']);
});
