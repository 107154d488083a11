import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withoutSpace } from '../../src/json/json-entries.js';
import { jsonText } from '../support/json-text.js';
import { makeWebhook } from '../support/platform.js';
import { publishText } from '../support/raw.js';
import { type Receiver, startReceiver } from '../support/receiver.js';
import { fuzz, seed, timeout } from './fuzz.js';
import { hostileJson, hostileText } from './hostile.js';

import { startWorld, type World } from './world.js';

let world: World;
let receiver: Receiver;

beforeAll(async () => {
  [world, receiver] = await Promise.all([startWorld(), startReceiver()]);
  // The webhook that is there already has an endpoint of its own, which is nobody's.
  await world.server.gql('mutation ($id: ID!) { deleteWebhook(id: $id) }', { id: world.webhookId });
  await makeWebhook(world.server, { organizationId: world.organizationId, endpoint: receiver.url });
});

afterAll(() => Promise.all([world[Symbol.asyncDispose](), receiver.close()]));

/** Publishes this JSON text; gives what the receiver got as `data`, as text, or null where it was refused. */
async function publishAndReceive(text: string): Promise<string | null> {
  const answer = await publishText(world.server, world.organizationId, text);
  expect(answer.status, answer.text).toBeLessThan(500);
  expect(answer.text).not.toContain('INTERNAL_SERVER_ERROR');
  if (answer.json.errors !== undefined) {
    const codes = answer.json.errors.map(({ extensions }: any) => extensions.code);
    expect(['BAD_USER_INPUT', 'PAYLOAD_TOO_LARGE', 'GRAPHQL_VALIDATION_FAILED']).toContain(codes[0]);
    return null;
  }

  // What was refused before has sent nothing: the next request is of this event.
  const body = (await receiver.next()).body.toString('utf8');
  const { id } = answer.json.data.publishEvent.event;
  expect(JSON.parse(body).id).toBe(id);
  const start = body.indexOf('"data":') + '"data":'.length;
  return body.slice(start, -1);
}

it(`delivers each payload as it was published (FUZZ_SEED=${seed})`, { timeout }, async () => {
  const payloads = fc.oneof(hostileJson, fc.dictionary(hostileText, hostileJson), fc.array(hostileJson, { maxLength: 5 }));
  const texts = fc.oneof(
    fc.tuple(payloads, fc.constantFrom(0, 2, '\t')).map(([payload, space]) => JSON.stringify(payload, null, space)),
    jsonText,
  );

  await fuzz(texts, async (text) => {
    const received = await publishAndReceive(text);

    expect(received).toBe(withoutSpace(text));
  });
});

it(`delivers each number as it is spelled (FUZZ_SEED=${seed})`, { timeout }, async () => {
  const digits = fc.stringMatching(/^(?:0|[1-9]\d{0,24})$/);
  const numbers = fc
    .tuple(
      fc.constantFrom('', '-'),
      digits,
      fc.constantFrom('', '.'),
      fc.stringMatching(/^\d{1,24}$/),
      fc.option(fc.integer({ min: -330, max: 330 })),
    )
    .map(
      ([sign, whole, dot, fraction, exponent]) =>
        `${sign}${whole}${dot === '' ? '' : `.${fraction}`}${exponent === null ? '' : `e${exponent}`}`,
    );

  await fuzz(numbers, async (number) => {
    const received = await publishAndReceive(`{"n":[${number}]}`);

    expect(received).toBe(`{"n":[${number}]}`);
  });
});
