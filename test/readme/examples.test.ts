import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Notices } from '../support/notices.js';
import { type Receiver, startReceiver } from '../support/receiver.js';
import { ADMIN_KEY, startTestServer } from '../support/server.js';
import { startTokenServer, type TokenServer } from '../support/token-server.js';
import { blocks } from './readme.js';
import { learnFrom } from './walk.js';

/** An operation of the README with the JSON that stands below it: its variables, or the answer it gets. */
interface Example {
  heading: string;
  query: string;
  variables: Record<string, unknown>;
  errors: unknown[] | undefined;
}

const examples = blocks.flatMap((block, index): Example[] => {
  if (block.language !== 'graphql') return [];
  const following = blocks[index + 1];
  const isItsOwn = following?.language === 'json' && following.heading === block.heading;
  const json = isItsOwn ? (JSON.parse(following.text) as Record<string, unknown>) : {};
  const errors = 'errors' in json ? (json.errors as unknown[]) : undefined;
  return [{ heading: block.heading, query: block.text, variables: errors === undefined ? json : {}, errors }];
});

describe("README's operations", () => {
  it('run one after the other, as they stand there', async () => {
    await using server = await startTestServer();
    await using receiver = await startReceiver();
    await using tokenServer = await startTokenServer();
    const known: Record<string, unknown> = {};
    const streams: Array<{ heading: string; notices: Notices<unknown> }> = [];

    for (const example of examples) {
      const { heading, query, variables, errors } = here(example, receiver, tokenServer);
      const given = Object.fromEntries([...query.matchAll(/\$(\w+):/g)].map(([, name]) => [name!, known[name!] ?? variables[name!]]));

      if (query.startsWith('subscription')) {
        streams.push({ heading, notices: await server.subscribe(query, given) });
        continue;
      }
      const answer = await server.ask(query, given);

      expect(answer.errors, heading).toEqual(errors);
      learnFrom(answer.data, known);
      if (query.includes('publishEvent(') && errors === undefined) {
        for (const { notices } of streams) learnFrom(await notices.next(), known);
      }
    }

    expect(streams.map(({ heading }) => heading)).toEqual([
      'Watch live',
      'Watch live',
      'Follow one event',
      'Watch the health of hooks',
      'Watching from a program',
    ]);
    for (const { notices } of streams.slice(2)) expect(await notices.next()).toBeDefined();
  });

  it('are all that GraphQL is shown by, and none is without an operation', () => {
    expect(examples.length).toBeGreaterThan(12);
    expect(examples.filter(({ query }) => !/^(query|mutation|subscription) \w+/.test(query))).toEqual([]);
  });

  it('can be sent by curl', async () => {
    const { text } = blocks.find((block) => block.text.startsWith('curl'))!;
    await using server = await startTestServer();
    const [, body] = /-d '(.*)'/.exec(text)!;
    const headers = [...text.matchAll(/-H "([^:]+): (.*)"/g)].map(([, name, value]): [string, string] => [
      name!,
      value!.replace('$ADMIN_API_KEY', ADMIN_KEY),
    ]);

    const response = await fetch(/http\S+/.exec(text)![0].replace('http://127.0.0.1:4000', server.url), {
      method: 'POST',
      headers,
      body: body!,
    });

    expect(await response.json()).toEqual({ data: { organizations: { edges: [] } } });
  });

  it('speak of the same receiver as examples/receiver.mjs', () => {
    expect(readFileSync('examples/receiver.mjs', 'utf8')).toContain('PORT ?? 9000');
  });
});

/** The example with the addresses of README's receiver and token server turned into those of the test. */
function here(example: Example, receiver: Receiver, tokenServer: TokenServer): Example {
  const turned = JSON.stringify(example)
    .replaceAll('http://127.0.0.1:9001/token', tokenServer.url)
    .replaceAll('http://127.0.0.1:9000', receiver.url);
  return JSON.parse(turned) as Example;
}
