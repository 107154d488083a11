import { monotonicNow } from '../monotonic-clock.js';
import { HookListeners } from './hook-listeners.js';
import type { CommandMessage, ReceiverMessage } from './receiver-commands.js';

/** How often the count of what was answered is told, in milliseconds. */
const COUNT_PERIOD_MS = 50;

// The process that the benchmark starts as its receiver.
const listeners = new HookListeners(monotonicNow);
let toldCount = 0;
setInterval(() => {
  if (listeners.answeredCount === toldCount) return;
  toldCount = listeners.answeredCount;
  tell({ answeredCount: toldCount });
}, COUNT_PERIOD_MS);

process.on('message', (message: CommandMessage) => {
  answerTo(message).then(
    (answer) => tell({ id: message.id, answer }),
    (error: unknown) => tell({ id: message.id, fault: String(error) }),
  );
});
// A terminal's Ctrl-C reaches the whole group; who started this process is the one to end it.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());

async function answerTo({ name, given }: CommandMessage): Promise<unknown> {
  switch (name) {
    case 'listen':
      return { port: await listeners.listen(given) };
    case 'close':
      await listeners.close(given.port);
      return {};
    case 'reopen':
      await listeners.reopen(given.port);
      return {};
    case 'takeArrivals':
      return listeners.takeArrivals();
  }
}

function tell(message: ReceiverMessage): void {
  process.send!(message);
}
