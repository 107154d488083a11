import { choice, count, folder, type ValuesOf } from '../options/option-rules.js';

export const recoveryOptions = {
  database: choice(['sqlite', 'postgres'], 'where the server keeps what it knows'),
  pending: count(100_000, [1, 10_000_000], 'how many deliveries wait when the server is killed'),
  hooks: count(8, [1, 500], 'how many hooks they belong to, each of an organization of its own'),
  results: folder('bench/results', 'where the result is written'),
};

export type RecoverySettings = ValuesOf<typeof recoveryOptions>;
