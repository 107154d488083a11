import { choice, count, counts, folder, type ValuesOf } from '../options/option-rules.js';

export const latencyOptions = {
  database: choice(['sqlite', 'postgres'], 'where the server keeps what it knows'),
  rates: counts([250, 1000, 2000], [1, 5000], 'events a second, one run for each rate, each on an empty database'),
  seconds: count(30, [1, 3600], 'how long a run is measured'),
  warmup: count(5, [0, 600], 'how many seconds of the same load come before, not measured'),
  hooks: count(60, [1, 500], 'how many hooks the load goes to in turns, each of an organization of its own'),
  rounds: count(1, [1, 100], 'how often each rate is measured; the median is given'),
  results: folder('bench/results', 'where the result is written'),
};

export type LatencySettings = ValuesOf<typeof latencyOptions>;
