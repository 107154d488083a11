import { choice, count, counts, folder, type ValuesOf } from '../options/option-rules.js';

export const startOptions = {
  database: choice(['sqlite', 'postgres'], 'where the server keeps what it knows'),
  events: counts([0, 1_000_000], [0, 100_000_000], 'how many delivered events the database has, one form after the other'),
  rounds: count(5, [1, 1000], 'how often the server is started with each'),
  results: folder('bench/results', 'where the result is written'),
};

export type StartSettings = ValuesOf<typeof startOptions>;
