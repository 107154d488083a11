import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ChurnMap } from '../../churn-map.js';
import { Outbox } from '../../outbox.js';
import type { AttemptReport } from '../attempt.js';
import type { Sender } from '../sender.js';
import type { FromThread, Order, ThreadSettings } from './messages.js';

/**
 * A sender in a thread of its own, so that signing and HTTP take another core than the API and the database. A fault of ours in
 * one attempt rejects that one; one outside of any ends the process, as it would here.
 */
export function startSenderThread(settings: ThreadSettings): Sender {
  const worker = new Worker(new URL('./sender-thread.js', import.meta.url), { workerData: settings });
  const waiting = new ChurnMap<number, PromiseWithResolvers<AttemptReport | null>>();
  let lastNumber = 0;
  const outbox = new Outbox<Order>((orders) => worker.postMessage(orders));
  worker.on('message', (answers: FromThread) => {
    for (const answer of answers) {
      const { resolve, reject } = waiting.get(answer.number)!;
      waiting.delete(answer.number);
      if ('report' in answer) resolve(answer.report);
      else reject(new Error(`What sends has failed: ${answer.fault}`));
    }
  });

  return {
    send({ deliveryId, event }, target, tenure) {
      const number = (lastNumber += 1);
      const answer = Promise.withResolvers<AttemptReport | null>();
      waiting.set(number, answer);
      outbox.add({ number, outgoing: { deliveryId, event }, target, tenure });
      return answer.promise;
    },
    async close() {
      outbox.flush();
      worker.postMessage(null);
      await once(worker, 'exit');
    },
  };
}
