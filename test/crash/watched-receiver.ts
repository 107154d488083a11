import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Receiver, startReceiver } from '../support/receiver.js';

/** A receiver that can tell when it has read all that a process which is gone had sent. */
export interface WatchedReceiver extends Receiver {
  /** Resolves when every request of a sender that has ended is in `received`. */
  drained(): Promise<void>;
}

/** Starts one that answers 200 until it is told otherwise. */
export async function startWatchedReceiver(): Promise<WatchedReceiver> {
  const openPorts = new Set<number>();
  let wake = () => {};
  const onConnection = (socket: Socket) => {
    const port = socket.remotePort ?? 0;
    openPorts.add(port);
    wake();
    socket.once('close', () => {
      openPorts.delete(port);
      wake();
    });
  };
  const receiver = await startReceiver({ onConnection });

  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  async function drained(): Promise<void> {
    // Connections are taken in the order in which they were made: when this one is, all of the sender's are.
    const last = connect(receiver.port, '127.0.0.1');
    await once(last, 'connect');
    const { localPort } = last;
    await until(() => openPorts.has(localPort!));
    last.destroy();
    // A connection whose other end is gone closes when everything in it is read.
    await until(() => openPorts.size === 0);
    await receiver.read();
  }

  return Object.defineProperty(receiver, 'drained', { value: drained }) as WatchedReceiver;
}
