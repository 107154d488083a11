import { expect, it } from 'vitest';
import { lowestIdOf, startOf } from '../../../bench/growth-layout/days.js';
import { growthReport } from '../../../bench/growth-layout/growth-report.js';
import type { LayoutFigures } from '../../../bench/growth-layout/measure-layout.js';

function figuresOf(layout: 'plain' | 'partitioned', retireSeconds: number[]): LayoutFigures {
  return {
    layout,
    filled: { deliveryCount: 1000, seconds: 2 },
    sizes: { filled: { events: 3 }, steady: { events: 4 } },
    batches: { deliveriesPerSecond: 250, walMiB: 1, touched: { events: { touched: 5, all: 6 } } },
    reads: { 'a page': { ms: 1.5, pages: 4 } },
    retirements: retireSeconds.map((seconds) => ({ retire: { seconds, walMiB: 7 }, vacuum: { seconds: 0.5, walMiB: 2 } })),
    hotUpdates: { hot: 0, all: 1000 },
  };
}

it('the layouts stand side by side, with the first and the last day that went', () => {
  const { lines, figures, faults } = growthReport([figuresOf('plain', [9, 8]), figuresOf('partitioned', [3, 2])]);
  const cellsOf = (name: string) =>
    lines
      .find((line) => line.startsWith(name))
      ?.split(/ {2,}/)
      .slice(1);

  expect(cellsOf('filling')).toEqual(['500', '500']);
  expect(cellsOf('first retirement of a day')).toEqual(['9.0 s, 7 MiB of log', '3.0 s, 7 MiB of log']);
  expect(cellsOf('last retirement of a day')).toEqual(['8.0 s, 7 MiB of log', '2.0 s, 7 MiB of log']);
  expect(cellsOf('events')![0]).toContain('batches changed 5 of 6 pages');
  expect([figures, faults]).toMatchObject([{ layouts: [{ layout: 'plain' }, { layout: 'partitioned' }] }, []]);
});

it('a run in which no day goes says so', () => {
  expect(growthReport([figuresOf('plain', [])]).lines.find((line) => line.startsWith('last retirement of a day'))).toMatch(/none$/);
});

it('ids of a day lie between its lowest and that of the next', () => {
  const id = '01942041-5000-7000-8000-000000000000';
  const day = Math.floor((Number.parseInt(id.replace('-', '').slice(0, 12), 16) - startOf(0)) / 86_400_000);

  expect(lowestIdOf(day) < id && id < lowestIdOf(day + 1)).toBe(true);
});
