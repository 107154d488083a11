import { formatTable } from '../report/table.js';
import type { Report } from '../scenario.js';
import type { LayoutFigures } from './measure-layout.js';
import type { Cost } from './measures.js';

/** What it is called, and how it is shown. */
type Row = [string, (figures: LayoutFigures) => string];

/** The figures of the layouts side by side. */
export function growthReport(layouts: readonly LayoutFigures[]): Report {
  const rows: Row[] = [
    ['deliveries when filled', ({ filled }) => String(filled.deliveryCount)],
    ['filling, deliveries a second', ({ filled }) => (filled.deliveryCount / filled.seconds).toFixed(0)],
    ['batches of 500, deliveries a second', ({ batches }) => batches.deliveriesPerSecond.toFixed(0)],
    ['batches, MiB of write-ahead log', ({ batches }) => batches.walMiB.toFixed(0)],
    ['when filled, MiB', ({ sizes }) => sum(sizes.filled).toFixed(0)],
    ['when steady, MiB', ({ sizes }) => sum(sizes.steady).toFixed(0)],
    ...(['first', 'last'] as const).flatMap((which) => retirementRows(which)),
    ['HOT updates of deliveries, of all', ({ hotUpdates }) => `${hotUpdates.hot} of ${hotUpdates.all}`],
    ...Object.keys(layouts[0]!.reads).map((name): Row => [
      name,
      ({ reads }) => `${reads[name]!.ms.toFixed(2)} ms, ${reads[name]!.pages.toFixed(1)} pages`,
    ]),
    ...Object.keys(layouts[0]!.sizes.filled).map((name): Row => [
      name,
      ({ sizes, batches }) => {
        const { touched, all } = batches.touched[name]!;
        return `${sizes.filled[name]!.toFixed(0)} MiB, steady ${sizes.steady[name]!.toFixed(0)}, batches changed ${touched} of ${all} pages`;
      },
    ]),
  ];
  const head = ['', ...layouts.map(({ layout }) => layout)];
  return {
    lines: formatTable(
      head,
      rows.map(([name, show]) => [name, ...layouts.map(show)]),
    ),
    figures: { layouts },
    faults: [],
  };
}

/** Of the first day that went, or of the last one. */
function retirementRows(which: 'first' | 'last'): Row[] {
  const of = ({ retirements }: LayoutFigures) => retirements.at(which === 'first' ? 0 : -1);
  return [
    [`${which} retirement of a day`, (figures) => shownCost(of(figures)?.retire)],
    [`${which} retirement's vacuum`, (figures) => shownCost(of(figures)?.vacuum)],
  ];
}

function shownCost(cost: Cost | null | undefined): string {
  return cost == null ? 'none' : `${cost.seconds.toFixed(1)} s, ${cost.walMiB.toFixed(0)} MiB of log`;
}

function sum(sizes: Record<string, number>): number {
  return Object.values(sizes).reduce((total, size) => total + size, 0);
}
