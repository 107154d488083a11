import { choice, count, folder, type ValuesOf } from '../options/option-rules.js';

export const backlogOptions = {
  database: choice(['sqlite', 'postgres'], 'where the server keeps what it knows'),
  events: count(200_000, [1, 10_000_000], 'how many events are published while the receivers are down, each to one hook'),
  hooks: count(8, [1, 500], 'how many hooks there are, each of an organization of its own'),
  quiet: count(10, [0, 600], 'how many seconds pass with all waiting and nothing published, before the receivers come back'),
  results: folder('bench/results', 'where the result is written'),
};

export type BacklogSettings = ValuesOf<typeof backlogOptions>;
