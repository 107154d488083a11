import { createIdSource } from '../../src/ids.js';
import { systemRandom } from '../../src/random.js';
import { Recorder, type RecorderOptions } from '../../src/record/recorder.js';

/** A recorder that tells nobody of what it writes; the only server's unless it is said which. */
export function makeRecorder(options: Pick<RecorderOptions, 'writes' | 'clock'> & Partial<RecorderOptions>): Recorder {
  return new Recorder({
    feed: { append() {} },
    healthFeed: { append() {} },
    publishOperational: async () => {},
    serverId: null,
    random: systemRandom,
    newId: createIdSource(options.clock, systemRandom),
    retryScheduleMs: [1000],
    disableAfterMs: 432_000_000,
    ...options,
  });
}
