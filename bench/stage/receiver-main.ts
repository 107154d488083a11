import { monotonicNow } from '../monotonic-clock.js';
import { answerCommands } from './answer-commands.js';
import { HookListeners } from './hook-listeners.js';
import type { ReceiverCommands } from './receiver-commands.js';

// The process that the benchmark starts as its receiver.
const listeners = new HookListeners(monotonicNow);

answerCommands<ReceiverCommands>(
  async ({ name, given }) => {
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
  },
  () => listeners.answeredCount,
);
