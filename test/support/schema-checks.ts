import { join } from 'node:path';
import { systemClock } from '../../src/clock.js';
import { SchemaChecks, type SchemaChecksOptions } from '../../src/json-schema/schema-checks.js';
import type { StartSchemaThread } from '../../src/json-schema/start-schema-thread.js';
import { BUILT_DIR } from './build.js';

/** A thread is started from compiled code. */
export const { startSchemaThread } = (await import(join(BUILT_DIR, 'src/json-schema/start-schema-thread.js'))) as {
  startSchemaThread: StartSchemaThread;
};

/** Checks of payloads and schemas, by real threads; ended at the end of the scope. */
export function makeSchemaChecks(options: Partial<SchemaChecksOptions> = {}): SchemaChecks & AsyncDisposable {
  const checks = new SchemaChecks({ startThread: startSchemaThread, clock: systemClock, ...options });
  return Object.assign(checks, { [Symbol.asyncDispose]: () => checks.close() });
}
