import { join } from 'node:path';
import { describeAddresses } from './addresses.js';
import { systemClock } from './clock.js';
import { ConfigError, type Config, readConfig } from './config.js';
import { DamageCheck } from './database/damage/damage-check.js';
import { startSchemaThread } from './json-schema/start-schema-thread.js';
import { createLog, drainLog, endLog, flushLog } from './log.js';
import { systemRandom } from './random.js';
import { startSenderThread } from './send/thread/start-sender-thread.js';
import { startServer } from './server.js';
import { StartupError } from './startup-error.js';

/** Where the build puts GraphiQL's page: beside the few files that the server is bundled into, of which this is in one. */
const GRAPHIQL_DIR = join(import.meta.dirname, 'graphiql');

/**
 * Starts the server that the environment describes, and stops it on a signal: one that has begun to do what it owes once it is
 * up, one that has not at once. Answers once it has started.
 */
export async function run(environment: NodeJS.ProcessEnv): Promise<void> {
  const config = readConfigOrExit(environment);
  const log = createLog(config.logLevel);
  process.on('exit', () => flushLog(log));
  let hasBegun = false;
  const { promise: stopSignal, resolve: stopBy } = Promise.withResolvers<NodeJS.Signals>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // As the first process of a container, a signal that nobody heeds would not end it.
    process.on(signal, () => (hasBegun ? stopBy(signal) : process.exit(0)));
  }

  const beginning = () => {
    hasBegun = true;
  };
  const startDamageCheck = (dataDir: string) => new DamageCheck({ dataDir, clock: systemClock, log });
  const outside = {
    clock: systemClock,
    random: systemRandom,
    log,
    graphiqlDir: GRAPHIQL_DIR,
    startSenderThread,
    startSchemaThread,
    startDamageCheck,
    beginning,
  };
  const server = await startServer(config, outside).catch((error: unknown) => {
    // What whoever starts it can mend is told in words alone, as a wrong setting is.
    if (error instanceof StartupError) console.error(error.message);
    else log.fatal({ err: error }, 'server.broken');
    process.exit(1);
  });

  if (server.adminKey?.isNew === true) {
    console.log(`\nThe admin key, shown this once and kept in ${config.dataDir}/admin-api-key:\n\n  ${server.adminKey.key}\n`);
  }
  // After the lines of the log, so that these are the last on a terminal.
  await drainLog(log);
  console.log(`\n${describeAddresses(server.url, config)}`);
  void stopSignal.then(stop);

  async function stop(signal: NodeJS.Signals): Promise<void> {
    log.info({ signal }, 'server.stopping');
    let status = 0;
    try {
      await server.close();
    } catch (error) {
      log.fatal({ err: error }, 'server.broken');
      status = 1;
    }
    await endLog(log);
    process.exit(status);
  }
}

function readConfigOrExit(environment: NodeJS.ProcessEnv): Config {
  try {
    return readConfig(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
