import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
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
  const payloads = fc
    .oneof(hostileJson, fc.dictionary(hostileText, hostileJson), fc.array(hostileJson, { maxLength: 5 }))
    .filter((value) => value !== null);

  await fuzz(payloads, async (payload) => {
    const text = JSON.stringify(payload);

    const received = await publishAndReceive(text);

    // Keys that are whole numbers come first, in JavaScript as in what is promised.
    expect(received).toBe(JSON.stringify(JSON.parse(text)));
  });
});

it(`delivers each number with its value, or refuses it (FUZZ_SEED=${seed})`, { timeout }, async () => {
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

    if (received === null) expect(isWhatADoubleHolds(number)).toBe(false);
    else expect(isSameNumber(/^\{"n":\[(.*)\]\}$/.exec(received)![1]!, number), `${number} came out in ${received}`).toBe(true);
  });
});

/** By whole numbers, whatever their length. */
function isSameNumber(one: string, other: string): boolean {
  const [a, b] = [readDecimal(one), readDecimal(other)];
  const least = Math.min(a.exponent, b.exponent);
  return a.digits * 10n ** BigInt(a.exponent - least) === b.digits * 10n ** BigInt(b.exponent - least);
}

function isWhatADoubleHolds(number: string): boolean {
  return Number.isFinite(Number(number)) && isSameNumber(String(Number(number)), number);
}

function readDecimal(text: string): { digits: bigint; exponent: number } {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}
