import { setTimeout } from 'node:timers/promises';

/** Waits for `awaited`, or for the signal: then it throws the signal's reason. */
export async function until<Value>(awaited: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([awaited, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** The signal, and after `ms` an abort of its own whose reason is an error with this message. */
export function within(ms: number, signal: AbortSignal, message: string): AbortSignal {
  const limit = new AbortController();
  const timeout = AbortSignal.timeout(ms);
  timeout.addEventListener('abort', () => limit.abort(new Error(message)), { once: true });
  return AbortSignal.any([signal, limit.signal]);
}

/** Lets time go by, or throws the signal's reason. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
