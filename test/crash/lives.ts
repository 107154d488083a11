import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { makeOrganization, makeWebhook } from '../support/platform.js';
import type { ReceivedRequest, Script } from '../support/receiver.js';
import { type ServerProcess, spawnServerProcess, type StartingProcess } from '../support/server-process.js';
import type { Acknowledged, Ledger, SeenRequest } from './ledger.js';
import { type Draft, publishDrafts } from './publish-drafts.js';
import { countOpen, type LoggedAttempt, readLog, readTables } from './read-record.js';
import { startWatchedReceiver, type WatchedReceiver } from './watched-receiver.js';

/** A hook with the receiver that its requests go to. */
export interface WatchedHook {
  id: string;
  receiver: WatchedReceiver;
  verifier: Webhook;
  /** How many of the receiver's requests are accounted for. */
  takenCount: number;
}

/**
 * One data folder over several lives of its server, with one organization. It notes from outside what was acknowledged,
 * what each life sent and what it recorded.
 */
export class Lives implements AsyncDisposable {
  readonly dataDir: string;
  readonly hooks: WatchedHook[] = [];
  organizationId = '';
  /** What each life logged as an error. */
  readonly errors: Record<string, any>[] = [];
  readonly #settings: Record<string, string>;
  readonly #stack = new AsyncDisposableStack();
  readonly #acknowledged: Acknowledged[] = [];
  readonly #requests: SeenRequest[] = [];
  readonly #logged: LoggedAttempt[] = [];
  readonly #lifeOfAttempt = new Map<string, number>();
  #life = 0;
  #process: StartingProcess | null = null;
  #log: ServerProcess['log'] = [];
  #answered = Promise.withResolvers<void>();

  private constructor(dataDir: string, settings: Record<string, string>) {
    this.dataDir = dataDir;
    this.#settings = settings;
  }

  /**
   * Makes the folder; all of it goes at the end of the scope. Every life has the same settings. The signal, that of a test
   * whose time is up, ends the life, so that whoever waits for it waits no more and the scope does end.
   */
  static async begin(signal: AbortSignal, settings: Record<string, string> = {}): Promise<Lives> {
    const dataDir = await mkdtemp(join(tmpdir(), 'hookgraph-'));
    // The experiments hold answers for as long as they take; an attempt that ran out of time would be another story.
    const lives = new Lives(dataDir, { ATTEMPT_TIMEOUT: '2m', ...settings });
    signal.addEventListener('abort', () => void lives.#process?.end('SIGKILL'));
    return lives;
  }

  /** Begins the first life, and makes the organization in it. */
  async startFirst(): Promise<ServerProcess> {
    const server = await this.start();
    this.organizationId = await makeOrganization(server);
    return server;
  }

  /** Begins a life, without waiting until it listens. */
  spawn(): StartingProcess {
    this.#life += 1;
    this.#log = [];
    this.#answered = Promise.withResolvers();
    this.#process = spawnServerProcess(this.dataDir, this.#settings);
    this.#process.started.then(
      ({ log }) => {
        this.#log = log;
      },
      // It was killed while it started, or whoever waits for it is told.
      () => {},
    );
    return this.#process;
  }

  /** Begins a life and waits until it listens. */
  start(): Promise<ServerProcess> {
    return this.spawn().started;
  }

  /** Adds a hook with a receiver and a webhook of its own, for every event that is published. */
  async addHook(server: ServerProcess, script: Script = {}, authentication: Record<string, unknown> | null = null): Promise<WatchedHook> {
    const receiver = this.#stack.use(await startWatchedReceiver());
    receiver.answerWith(script);
    const { organizationId } = this;
    const { signingSecret, hookIds } = await makeWebhook(server, { organizationId, endpoint: receiver.url, authentication });
    const hook = { id: hookIds.order_created!, receiver, verifier: new Webhook(signingSecret), takenCount: 0 };
    this.hooks.push(hook);
    return hook;
  }

  /** Publishes, and notes what was acknowledged. */
  async publish(server: ServerProcess, drafts: readonly Draft[]): Promise<Array<{ eventId: string; duplicate: boolean }>> {
    const answers = await publishDrafts(server, this.organizationId, drafts);
    answers.forEach(({ eventId }, index) => this.#acknowledged.push({ ...drafts[index]!, eventId }));
    this.#answered.resolve();
    return answers;
  }

  /** Resolves at the first publish that this life acknowledges. */
  get answered(): Promise<void> {
    return this.#answered.promise;
  }

  /** How many events were acknowledged, each counted once. */
  get acknowledgedCount(): number {
    return new Set(this.#acknowledged.map(({ eventId }) => eventId)).size;
  }

  /** Kills the process, and notes what the life that ended had sent and recorded. */
  async kill(): Promise<void> {
    const status = await this.#process!.end('SIGKILL');
    if (status !== 'SIGKILL') throw new Error(`The server ended with ${status} before it was killed.`);
    await this.#takeIn();
  }

  /** Waits until no delivery is open. */
  async settle(server: ServerProcess): Promise<void> {
    // Each look waits for the server's own answer, so that it is not hurried.
    while (countOpen(this.dataDir, 0).openCount > 0) await server.gql('{ __typename }');
  }

  /** Stops the last life in order, and gives all that is known. */
  async ledger(told: readonly string[] | null = null): Promise<Ledger> {
    const status = await this.#process!.end('SIGTERM');
    if (status !== 0) throw new Error(`The server ended with ${status} instead of stopping.`);
    await this.#takeIn();
    const { events, deliveries, attempts } = readTables(this.dataDir);
    const statuses = new Map(this.#logged.map(({ attemptId, status: made }) => [attemptId, made]));
    return {
      organizationId: this.organizationId,
      hookIds: this.hooks.map(({ id }) => id),
      lifeCount: this.#life,
      acknowledged: this.#acknowledged,
      events,
      deliveries,
      attempts: attempts.map((attempt) => ({
        ...attempt,
        status: statuses.get(attempt.id) ?? 'NOT IN THE LOG',
        life: this.#lifeOfAttempt.get(attempt.id) ?? 0,
      })),
      logged: this.#logged.map(({ attemptId }) => attemptId),
      requests: this.#requests,
      told,
    };
  }

  async #takeIn(): Promise<void> {
    this.errors.push(...this.#log.filter(({ level }) => level === 'error' || level === 'fatal'));
    for (const hook of this.hooks) {
      await hook.receiver.drained();
      // Now and not at the end: a signature is accepted for five minutes.
      for (const request of hook.receiver.received.slice(hook.takenCount)) this.#requests.push(seenRequest(hook, request, this.#life));
      hook.takenCount = hook.receiver.received.length;
    }
    for (const logged of readLog(this.dataDir, this.#logged.at(-1)?.sequence ?? 0)) {
      this.#logged.push(logged);
      this.#lifeOfAttempt.set(logged.attemptId, this.#life);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.end('SIGKILL');
    await this.#stack.disposeAsync();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

function seenRequest({ id, verifier }: WatchedHook, { headers, body }: ReceivedRequest, life: number): SeenRequest {
  const text = body.toString();
  return { deliveryId: headers['webhook-id'] ?? '', hookId: id, life, body: text, isSigned: isSigned(verifier, text, headers) };
}

function isSigned(verifier: Webhook, body: string, headers: Record<string, string>): boolean {
  try {
    verifier.verify(body, headers);
    return true;
  } catch {
    return false;
  }
}
