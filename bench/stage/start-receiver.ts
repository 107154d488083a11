import { join } from 'node:path';
import type { ReceiverCommands } from './receiver-commands.js';
import type { StageParts } from './stage-parts.js';
import { type AskedProcess, startAskedProcess } from './start-asked-process.js';

/** The receiver. It counts the deliveries that it has answered, doubles left out. */
export type ReceiverProcess = AskedProcess<ReceiverCommands>;

const RECEIVER_FILE = join(import.meta.dirname, 'receiver-main.js');

export function startReceiver(parts: StageParts): ReceiverProcess {
  return startAskedProcess<ReceiverCommands>(RECEIVER_FILE, 'receiver', parts);
}
