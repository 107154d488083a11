import { choice, count, folder, type ValuesOf } from '../options/option-rules.js';

export const attacksOptions = {
  database: choice(['sqlite', 'postgres'], 'where the server keeps what it knows'),
  rate: count(50, [1, 5000], 'events a second, published with a key that may do that alone'),
  seconds: count(60, [1, 3600], 'how long a run is measured; some attacks are answered after 10 s, or 30 s, or never'),
  warmup: count(5, [0, 600], 'how many seconds of the same load come before, not measured'),
  rounds: count(1, [1, 100], 'how many runs of each kind, in turns; the median is given'),
  pause: count(500, [0, 60_000], 'how many milliseconds after its end each attack is made again'),
  heap: count(1024, [256, 65_536], "how much the server may have of JavaScript's old objects, in MiB"),
  results: folder('bench/results', 'where the result is written'),
};

export type AttacksSettings = ValuesOf<typeof attacksOptions>;
