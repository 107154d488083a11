import { choice, count, folder, type ValuesOf } from '../options/option-rules.js';

export const growthOptions = {
  layout: choice(['both', 'plain', 'partitioned'], 'how attempts and the log lie: in one table each, or in one for each day'),
  days: count(10, [2, 60], 'how many days are kept'),
  deliveries: count(100_000, [5000, 100_000_000], 'how many deliveries a day has'),
  buffers: count(64, [16, 65_536], "PostgreSQL's shared_buffers, in MiB: less than the indexes take"),
  steady: count(10, [0, 60], 'how many further days come while the oldest go'),
  vacuum: count(1, [1, 60], 'after how many of these days a vacuum comes'),
  batches: count(100, [10, 10_000], 'how many batches of 500 deliveries are measured'),
  reads: count(200, [10, 10_000], 'how many reads of each kind are measured'),
  fillfactor: count(100, [10, 100], 'how full, in percent, the pages of deliveries are filled'),
  results: folder('bench/results', 'where the result is written'),
};

export type GrowthSettings = ValuesOf<typeof growthOptions>;
