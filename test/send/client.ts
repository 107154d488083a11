import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { onTestFinished } from 'vitest';
import type { AddressRules, Resolve } from '../../src/send/address-rules.js';
import { startDeadline } from '../../src/send/deadline.js';
import { createHttpClient, type HttpClient } from '../../src/send/http-client.js';
import { ManualClock } from '../support/manual-clock.js';
import { startReceiver, type Receiver, type ReceiverOptions } from '../support/receiver.js';
import { ATTEMPT_TIMEOUT_MS, loopbackAllowed } from './makers.js';

/** A name server that knows every name by these IPv4 addresses. */
export function resolveTo(...addresses: string[]): Resolve {
  const answers = addresses.map((address) => ({ address, family: 4 }));
  return (_hostname, _options, callback) => setImmediate(() => callback(null, answers));
}

/** undici frees a connection one turn of the event loop after the answer, lest a receiver is about to close it. */
export function connectionIsFree(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A receiver, and a client that may talk to it. Both are closed at the end of the test. */
export async function start(options?: ReceiverOptions): Promise<{
  receiver: Receiver;
  client: HttpClient;
  clock: ManualClock;
  call: () => ReturnType<HttpClient['call']>;
}> {
  const receiver = await startReceiver(options);
  onTestFinished(() => receiver.close());
  const { client, clock } = startClient();
  return { receiver, client, clock, call: () => callOnce(client, clock, receiver.url) };
}

/** A client on a clock of its own, which is closed at the end of the test. */
export function startClient(rules: AddressRules = loopbackAllowed): { client: HttpClient; clock: ManualClock } {
  const clock = new ManualClock();
  const client = createHttpClient({ rules, clock, timeoutMs: ATTEMPT_TIMEOUT_MS });
  onTestFinished(() => client.close());
  return { client, clock };
}

/** One request, within the time of an attempt by this clock. */
export async function callOnce(client: HttpClient, clock: ManualClock, origin: string): ReturnType<HttpClient['call']> {
  const deadline = startDeadline(clock, ATTEMPT_TIMEOUT_MS);
  try {
    return await client.call({ origin, path: '/hook', method: 'POST', headers: [], body: Buffer.from('{}') }, deadline.signal);
  } finally {
    deadline.cancel();
  }
}

/** Has the server listen until the end of the test, and tells its port. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** When this holds, looked at in each turn of the event loop. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

/** When what a receiver in this process has written to a connection has been read by the other side. */
export async function arrival(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
