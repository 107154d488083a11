import type { SeenAttempt } from './notices.js';
import type { Colour } from './screen.js';

type Paint = (colour: Colour, text: string) => string;

const WIDTHS = { time: 8, type: 16, number: 3, outcome: 36, duration: 8 };

export function headLine(paint: Paint): string {
  return paint('dim', columns({ time: 'time', type: 'event type', number: 'try', outcome: 'outcome', duration: 'took' }));
}

/** One attempt, readable at a glance. The time is that of its end, from `startMs` on. */
export function attemptLine(attempt: SeenAttempt, startMs: number, paint: Paint): string {
  const { number, durationMs, delivery } = attempt;
  const [colour, outcome] = outcomeOf(attempt);
  return columns({
    time: `${((endOf(attempt) - startMs) / 1000).toFixed(2)} s`,
    type: delivery.event.type,
    number: String(number),
    outcome: paint(colour, outcome.padEnd(WIDTHS.outcome)),
    duration: `${Math.round(durationMs)} ms`,
  });
}

/** What came of an attempt in a few words, without a mark. */
export function wordsFor({ outcome, request }: SeenAttempt): string {
  if (outcome.status === undefined) return (outcome.message ?? outcome.__typename).replace(/\.$/, '');
  return request.tokenRenewed ? `${outcome.status}, with a new token after 401` : String(outcome.status);
}

function outcomeOf(attempt: SeenAttempt): [Colour, string] {
  const { status, nextAttemptAt } = attempt.delivery;
  const words = wordsFor(attempt);
  if (isSuccess(attempt)) return ['green', `✔ ${words}`];
  if (status === 'FAILED') return ['red', `✘ ${words}, given up`];
  if (nextAttemptAt === null) return ['red', `✘ ${words}`];
  const waitMs = Math.max(0, Date.parse(nextAttemptAt) - endOf(attempt));
  return ['yellow', `✘ ${words}, retry in ${(waitMs / 1000).toFixed(1)} s`];
}

function isSuccess({ outcome: { status } }: SeenAttempt): boolean {
  return status !== undefined && status >= 200 && status < 300;
}

function endOf({ startedAt, durationMs }: SeenAttempt): number {
  return Date.parse(startedAt) + durationMs;
}

function columns({ time, type, number, outcome, duration }: Record<keyof typeof WIDTHS, string>): string {
  return [
    time.padStart(WIDTHS.time),
    type.padEnd(WIDTHS.type),
    number.padStart(WIDTHS.number),
    outcome.padEnd(WIDTHS.outcome),
    duration.padStart(WIDTHS.duration),
  ].join('  ');
}
