import type { ApiClient } from './api-client.js';
import { EVENT_TYPE } from './make-hook.js';
import { payloadOf, PUBLISH_EVENT, PUBLISH_EVENTS } from './publish.js';
import { deliveryKey } from '../stage/receiver-commands.js';
import type { StagedOrganization } from '../stage/stage-organizations.js';

/** An event that a server has acknowledged. */
export interface Published {
  organization: StagedOrganization;
  /** Which server was asked, in the order of their start. */
  serverIndex: number;
  /** When its answer was here. */
  answeredAt: number;
}

/** Publishes numbered events at servers in turns and keeps the book of what was acknowledged by whom and when. */
export class PublishBook {
  readonly #apis: readonly ApiClient[];
  readonly #organizations: readonly StagedOrganization[];
  readonly #now: () => number;
  readonly #published = new Map<number, Published>();
  #callCount = 0;
  #lastNumber = 0;
  #failedCount = 0;
  #firstFailure: string | undefined;

  constructor(apis: readonly ApiClient[], organizations: readonly StagedOrganization[], now: () => number) {
    this.#apis = apis;
    this.#organizations = organizations;
    this.#now = now;
  }

  /** What was acknowledged, by the event's number. */
  get published(): ReadonlyMap<number, Published> {
    return this.#published;
  }

  /** The number of the event that was sent last; they go up from 1. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** How many events were sent and not acknowledged: refused, or nobody knows. */
  get failedCount(): number {
    return this.#failedCount;
  }

  /** What the first of them came back with. */
  get firstFailure(): string | undefined {
    return this.#firstFailure;
  }

  /** How many deliveries come of what was acknowledged. */
  get owedCount(): number {
    return this.#published.size * this.#organizations[0]!.hooks.length;
  }

  /** The hook of each delivery that comes of what was acknowledged, by the delivery's key. */
  readOwed(): Map<number, string> {
    const owed = new Map<number, string>();
    for (const [number, { organization }] of this.#published) {
      for (const { id, port } of organization.hooks) owed.set(deliveryKey(number, port), id);
    }
    return owed;
  }

  /** Publishes events of the organization whose turn it is, at the server whose turn it is, due now or at an instant that has come. Does not reject. */
  async publish(eventCount: number, dueAt = this.#now()): Promise<void> {
    const turn = this.#callCount;
    this.#callCount += 1;
    const organization = this.#organizations[turn % this.#organizations.length]!;
    // One further with each round, so that an organization is not always published at the same server.
    const serverIndex = (turn + Math.floor(turn / this.#organizations.length)) % this.#apis.length;
    const numbers = Array.from({ length: eventCount }, () => (this.#lastNumber += 1));
    const events = numbers.map((number) => ({ type: EVENT_TYPE, payload: payloadOf(number, dueAt) }));
    const organizationId = organization.id;
    try {
      const api = this.#apis[serverIndex]!;
      if (events.length === 1) await api.ask(PUBLISH_EVENT, { input: { organizationId, ...events[0] } });
      else await api.ask(PUBLISH_EVENTS, { input: { organizationId, events } });
    } catch (error) {
      this.#failedCount += eventCount;
      this.#firstFailure ??= String(error);
      return;
    }
    const answeredAt = this.#now();
    for (const number of numbers) this.#published.set(number, { organization, serverIndex, answeredAt });
  }
}
