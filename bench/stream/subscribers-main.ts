import { monotonicNow } from '../monotonic-clock.js';
import { answerCommands } from '../stage/answer-commands.js';
import type { SubscriberCommands } from './subscriber-commands.js';
import { Subscribers } from './subscribers.js';

// The process that the benchmark starts as its subscribers.
const subscribers = new Subscribers(monotonicNow);

answerCommands<SubscriberCommands>(
  async ({ name, given }) => {
    switch (name) {
      case 'watch':
        await subscribers.watch(given);
        return {};
      case 'expectEnd':
        subscribers.expectEnd();
        return {};
      case 'takeNotices':
        return subscribers.takeNotices();
    }
  },
  () => subscribers.noticeCount,
);
