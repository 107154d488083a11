import type { AskedMessage, CommandMessage, Commands } from './asked-messages.js';

/** How often the count is told, in milliseconds. */
const COUNT_PERIOD_MS = 50;

/** Makes this process one that answers to who has started it (`startAskedProcess`), and tells the count whenever it has grown. */
export function answerCommands<Known extends Commands>(
  answerTo: (message: CommandMessage<Known>) => Promise<unknown>,
  readCount: () => number,
): void {
  let toldCount = 0;
  setInterval(() => {
    const count = readCount();
    if (count === toldCount) return;
    toldCount = count;
    tell({ count });
  }, COUNT_PERIOD_MS);

  process.on('message', (message: CommandMessage<Known>) => {
    answerTo(message).then(
      (answer) => tell({ id: message.id, answer }),
      (error: unknown) => tell({ id: message.id, fault: String(error) }),
    );
  });
  // A terminal's Ctrl-C reaches the whole group; who started this process is the one to end it.
  process.on('SIGINT', () => {});
  process.on('disconnect', () => process.exit());
}

function tell(message: AskedMessage): void {
  process.send!(message);
}
