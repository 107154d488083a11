import { expect, it } from 'vitest';
import { findWaitingFaults, OUTAGE_SETTINGS } from '../../../bench/stage/outage.js';
import { readConfig } from '../../../src/config.js';

it('a run is void where not all that was published waits', () => {
  expect(findWaitingFaults(10, 10)).toEqual([]);
  expect(findWaitingFaults(9, 10)).toEqual(['Expected 10 deliveries to wait for the receivers, received 9.']);
});

it('the server takes the schedule that an outage is measured with', () => {
  expect(readConfig(OUTAGE_SETTINGS).retryScheduleMs).toEqual(Array.from({ length: 50 }, () => 5000));
});
