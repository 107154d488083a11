import { choice, count, counts, folder, type ValuesOf } from '../options/option-rules.js';

export const growthOptions = {
  database: choice(['sqlite', 'postgres'], 'where the server keeps what it knows'),
  stored: counts([0, 1_000_000], [0, 100_000_000], 'how many delivered events are there before, each number on a database of its own'),
  rounds: count(3, [1, 100], 'how often the loads come to each, in turns; medians are given'),
  seconds: count(15, [1, 3600], 'for how long events are published as fast as they are taken, and then for how long at the rate'),
  rate: count(500, [1, 5000], 'events a second of the second load, whose latency is measured'),
  hooks: count(60, [1, 2000], 'how many hooks the events go to, each of an organization of its own; what is stored belongs to them too'),
  publishers: count(16, [1, 128], 'how many calls that publish are under way at once in the first load'),
  warmup: count(1000, [0, 1_000_000], 'how many events come before, not measured'),
  results: folder('bench/results', 'where the result is written'),
};

export type GrowthSettings = ValuesOf<typeof growthOptions>;
