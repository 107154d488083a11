import { Pool } from 'undici';
import { EVENT_TYPE } from '../load/make-hook.js';
import { payloadOf } from '../load/publish.js';
import { monotonicNow } from '../monotonic-clock.js';
import { CONCURRENCY } from './yardstick-plan.js';

/** An event like those that the server sends, as large and with the same names. */
export function eventOf(number: number) {
  return {
    id: '0199d2f0-5c00-7000-8000-000000000001',
    type: EVENT_TYPE,
    timestamp: '2026-01-01T00:00:00.000Z',
    organizationId: '0199d2f0-5c00-7000-8000-000000000002',
    data: payloadOf(number, monotonicNow()),
  };
}

const HEADERS = { 'content-type': 'application/json' };

/** Sends events with nothing but undici. An answer other than 200 throws. */
export class BodySender implements AsyncDisposable {
  readonly #pool: Pool;

  constructor(port: number) {
    this.#pool = new Pool(`http://127.0.0.1:${port}`, { connections: CONCURRENCY });
  }

  send(event: unknown): Promise<void> {
    return this.#post(JSON.stringify(event), HEADERS);
  }

  /** Sends a text as it is; `more` are the headers beside the content type. */
  sendText(text: string, more: Readonly<Record<string, string>>): Promise<void> {
    return this.#post(text, { ...HEADERS, ...more });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#pool.destroy();
  }

  async #post(text: string, headers: Readonly<Record<string, string>>): Promise<void> {
    const { statusCode, body } = await this.#pool.request({ path: '/hook', method: 'POST', headers, body: text });
    await body.text();
    if (statusCode !== 200) throw new Error(`The receiver answered ${statusCode}.`);
  }
}
