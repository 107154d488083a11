import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { LastLines } from '../../../bench/stage/last-lines.js';

const error = '{"level":"error","msg":"storage.failed"}';

describe('the last lines of a process', () => {
  it('are twenty, however they come', async () => {
    const lines = Array.from({ length: 50 }, (_, index) => `line ${index}`);

    const whole = await follow([`${lines.join('\n')}\n`]);
    const byLine = await follow(lines.map((line) => `${line}\n`));
    const byByte = await follow([...lines.join('\n')]);

    const last = lines.slice(-20).join('\n');
    expect([whole.text, byLine.text, byByte.text]).toEqual([last, last, last]);
  });

  it('count those that tell of an error, also where one is cut in two', async () => {
    const said = await follow(['{"level":"info"}\n', `${error}\n{"level":"fatal"}\n${error.slice(0, 12)}`, `${error.slice(12)}\n`]);

    expect(said.errorCount).toBe(3);
  });

  it('do not take the words within a line for one', async () => {
    expect((await follow([`{"level":"info","answer":${error}}\n`])).errorCount).toBe(0);
  });

  it('say that there was nothing', async () => {
    expect((await follow([])).text).toBe('(nothing)');
  });

  it('are waited for, and found where they were just said', async () => {
    const stream = new PassThrough();
    const lines = new LastLines();
    lines.follow(stream);
    let isFound = false;
    const found = lines.says('"msg":"server.started"').then(() => (isFound = true));

    stream.write('{"msg":"database.opened"}\n{"msg":"server.star');
    await lines.says('database.opened');
    expect(isFound).toBe(false);

    stream.write('ted"}\n');
    await found;
    await lines.says('server.started');
  });

  async function follow(chunks: readonly string[]): Promise<LastLines> {
    const stream = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
    const lines = new LastLines();
    lines.follow(stream);
    await once(stream, 'end');
    return lines;
  }
});
