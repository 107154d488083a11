import { createClient } from 'graphql-ws';
import { type Answer, type AnswerError, apiPath, type Headers, type Operation } from './api.js';

/** How many notices stay on show; the editor gets slow with many thousands of lines. */
const SHOWN_LIMIT = 100;

/** The least time between two renderings, in milliseconds: a busy stream has thousands of notices a second. */
const RENDER_EVERY_MS = 100;

/** What a running subscription shows: how many notices came, and the last of them, the newest first. */
export interface NoticeList {
  /** Why the subscription ended, where it was not ended by the user. */
  errors?: readonly AnswerError[];
  received: number;
  newestFirst: readonly unknown[];
}

interface Observer {
  next(value: never): void;
  error(error: unknown): void;
  complete(): void;
}

/**
 * Runs one subscription over a WebSocket of its own, and shows its notices as a growing list. It does not connect anew when the
 * connection breaks, since it could not say what was missed meanwhile: it says why it ended, and from which cursor to go on.
 */
export function subscribe(operation: Operation, headers: Headers) {
  return {
    subscribe(observer: Observer) {
      const client = createClient({
        url: location.origin.replace('http', 'ws') + apiPath,
        connectionParams: headers,
        retryAttempts: 0,
      });
      const shown: unknown[] = [];
      let received = 0;
      let lastCursor: string | undefined;
      let timer: number | undefined;

      const render = (errors?: readonly AnswerError[]) => {
        clearTimeout(timer);
        timer = undefined;
        const list: NoticeList = { ...(errors && { errors }), received, newestFirst: [...shown] };
        observer.next(list as never);
      };
      const end = (errors?: readonly AnswerError[]) => {
        if (errors !== undefined || timer !== undefined) render(errors);
        observer.complete();
        void client.dispose();
      };

      const unsubscribe = client.subscribe<Record<string, { cursor?: string } | null>>(
        { ...operation, operationName: operation.operationName ?? undefined },
        {
          next(notice) {
            received += 1;
            shown.unshift(notice);
            shown.length = Math.min(shown.length, SHOWN_LIMIT);
            lastCursor = Object.values(notice.data ?? {})[0]?.cursor ?? lastCursor;
            timer ??= setTimeout(render, received === 1 ? 0 : RENDER_EVERY_MS);
          },
          error: (cause) => end(reasonsOf(cause, lastCursor)),
          complete: () => end(),
        },
      );
      return {
        unsubscribe() {
          clearTimeout(timer);
          unsubscribe();
          void client.dispose();
        },
      };
    },
  };
}

/** The errors by which a subscription was refused, or how its connection was closed. */
function reasonsOf(cause: unknown, lastCursor: string | undefined): Answer['errors'] {
  if (Array.isArray(cause)) return cause as AnswerError[];
  const { code, reason } = cause instanceof CloseEvent ? cause : { code: 1006, reason: '' };
  const message =
    code === 4403 || /\b(key|token)\b/.test(reason)
      ? `${reason}: look at the key in the bar at the top.`
      : `The subscription has ended: the connection was closed with ${`${code} ${reason}`.trim()}.`;
  return [lastCursor === undefined ? { message } : { message, extensions: { lastCursor } }];
}
