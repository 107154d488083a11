import type { KyselyPlugin } from 'kysely';

/** Counts the queries of whoever asks with it (`withPlugin`), and changes none of them. */
export function countQueries(): KyselyPlugin & { count: number } {
  const counting: KyselyPlugin & { count: number } = {
    count: 0,
    transformQuery({ node }) {
      counting.count += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return counting;
}
