import { describe, expect, it } from 'vitest';
import { Backlog, QUEUE_LIMIT } from '../../src/dispatch/backlog.js';
import { makeOpenDelivery } from './makers.js';

const NOW = 1_000_000;

/** A backlog with so many deliveries in memory. */
function backlogOf(queued: number, dueAt: number | null = null): Backlog {
  const backlog = new Backlog('PENDING');
  backlog.dueAt = dueAt;
  for (let index = 0; index < queued; index += 1) backlog.queue.push(makeOpenDelivery(`d${index}`));
  return backlog;
}

describe('a backlog', () => {
  it.each([
    { state: 'nothing', queued: 0, dueAt: null, expected: true },
    { state: 'all but one in memory', queued: QUEUE_LIMIT - 1, dueAt: null, expected: true },
    { state: 'its memory full', queued: QUEUE_LIMIT, dueAt: null, expected: false },
    { state: 'some in the table that are due later', queued: 1, dueAt: NOW + 1, expected: true },
    { state: 'some in the table that are due now', queued: 1, dueAt: NOW, expected: false },
    { state: 'some in the table that were due before', queued: 0, dueAt: 0, expected: false },
  ])('with $state takes in one that is published now: $expected', ({ queued, dueAt, expected }) => {
    expect(backlogOf(queued, dueAt).hasRoom(NOW, QUEUE_LIMIT)).toBe(expected);
  });

  it('takes in nothing while a page is being read: what the page brings comes first', () => {
    const backlog = backlogOf(0, 0);

    backlog.beginReading();

    expect(backlog.hasRoom(NOW, QUEUE_LIMIT)).toBe(false);
    backlog.endReading();
    expect(backlog.hasRoom(NOW, QUEUE_LIMIT)).toBe(true);
  });

  it.each([
    { state: 'nothing in the table', queued: 0, dueAt: null, depth: 64, expected: false },
    { state: 'some due later', queued: 0, dueAt: NOW + 1, depth: 64, expected: false },
    { state: 'some due now, and none in memory', queued: 0, dueAt: NOW, depth: 64, expected: true },
    { state: 'some due now, and less than a quarter in memory', queued: 15, dueAt: NOW, depth: 64, expected: true },
    { state: 'some due now, and a quarter in memory', queued: 16, dueAt: NOW, depth: 64, expected: false },
    { state: 'some due now, and less than a quarter of a page in memory', queued: 15, dueAt: NOW, depth: QUEUE_LIMIT, expected: true },
    { state: 'some due now, and a quarter of a page in memory', queued: 16, dueAt: NOW, depth: QUEUE_LIMIT, expected: false },
    { state: 'some due now, and none of the only one it may have', queued: 0, dueAt: NOW, depth: 1, expected: true },
    { state: 'some due now, and the only one it may have', queued: 1, dueAt: NOW, depth: 1, expected: false },
  ])('with $state wants a page: $expected', ({ queued, dueAt, depth, expected }) => {
    expect(backlogOf(queued, dueAt).wantsPage(NOW, depth)).toBe(expected);
  });

  it('wants one page at a time', () => {
    const backlog = backlogOf(0, 0);

    backlog.beginReading();
    backlog.noteDue(0);

    expect(backlog.wantsPage(NOW, QUEUE_LIMIT)).toBe(false);
    backlog.endReading();
    expect(backlog.wantsPage(NOW, QUEUE_LIMIT)).toBe(true);
  });

  it('knows when the first of the table is due', () => {
    const backlog = backlogOf(0);

    const seen = [3000, 1000, 2000].map((dueAt) => {
      backlog.noteDue(dueAt);
      return backlog.dueAt;
    });

    expect(seen).toEqual([3000, 1000, 1000]);
  });

  it.each([
    { state: 'one in memory', make: () => backlogOf(1), expected: false },
    { state: 'one in the table, also where it is due later', make: () => backlogOf(0, NOW * 2), expected: false },
    { state: 'neither', make: () => backlogOf(0), expected: true },
  ])('with $state is empty: $expected', ({ make, expected }) => {
    expect(make().isEmpty).toBe(expected);
  });

  it('is not empty while a page is being read', () => {
    const backlog = backlogOf(0, 0);

    backlog.beginReading();

    expect(backlog.isEmpty).toBe(false);
  });

  it('knows what is in memory, and what ended while a page was being read that may still show it', () => {
    const backlog = backlogOf(1, 0);
    backlog.ended('before');
    backlog.beginReading();
    backlog.ended('meanwhile');

    const known = ['d0', 'before', 'meanwhile', 'other'].filter((id) => backlog.knows(id));

    expect(known).toEqual(['d0', 'meanwhile']);
    backlog.endReading();
    expect(backlog.knows('meanwhile')).toBe(false);
  });
});
