import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../clock.js';
import { LeadershipBoard } from '../../leadership-board.js';
import { Outbox } from '../../outbox.js';
import { createAddressRules } from '../address-rules.js';
import { createSender } from '../sender.js';
import type { Answer, FromThread, ThreadSettings, ToThread } from './messages.js';

// The thread that sends: a sender as it is, fed by messages.
const { allowedRanges, isHttpsOnly, board: memory, ...settings } = workerData as ThreadSettings;
const port = parentPort!;
const board = memory === null ? null : new LeadershipBoard(memory, systemClock);
const sender = createSender({
  ...settings,
  rules: createAddressRules(allowedRanges, { isHttpsOnly }),
  clock: systemClock,
  holds: (tenure) => board?.holds(tenure) ?? true,
});
const outbox = new Outbox<Answer>((answers: FromThread) => port.postMessage(answers));

port.on('message', (orders: ToThread) => {
  if (orders === null) return void close();
  for (const { number, outgoing, target, tenure } of orders) {
    sender.send(outgoing, target, tenure).then(
      (report) => outbox.add({ number, report }),
      (error: unknown) => outbox.add({ number, fault: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  }
});

async function close(): Promise<void> {
  await sender.close();
  outbox.flush();
  port.close();
}
