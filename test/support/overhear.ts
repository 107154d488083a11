import pg from 'pg';

/** Somebody who listens past the servers, and keeps what they say to each other, which has topics behind the name of who says it. */
export async function overhear(url: string): Promise<AsyncDisposable & { texts: string[]; next(): Promise<string> }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const texts: string[] = [];
  let wake = () => {};
  client.on('notification', ({ payload }) => {
    if (payload!.includes(' ')) texts.push(payload!);
    wake();
  });
  await client.query('listen hookgraph');
  return {
    texts,
    async next() {
      while (texts.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return texts.shift()!;
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}
