import type { Notices } from './subscriber-commands.js';

/** What there was to be noticed: of which organization each delivery is, by its id, and how many requests it took. */
export type Owed = ReadonlyMap<string, { organizationIndex: number; requestCount: number }>;

/** The subscribers' books against the receiver's. It is closed when it has no faults: every subscriber got every attempt of its organization once, all in one order. */
export interface NoticeLedger {
  /** An attempt for each request, a notice of it for each subscriber of its organization; so too for attempts of which the receiver does not know. */
  owedCount: number;
  receivedCount: number;
  missingCount: number;
  /** Beyond the first for one attempt and subscriber. */
  doubleCount: number;
  /** Of what is another organization's, or was before the subscription. */
  unknownCount: number;
  /** At a place where another subscriber of the organization has another attempt. */
  disorderedCount: number;
  /** Each a sentence. */
  faults: readonly string[];
}

export function closeNotices(
  { subscribers, attemptIndexes, attempts, faults }: Omit<Notices, 'arrivedAts'>,
  owed: Owed,
  subscribersEach: number,
): NoticeLedger {
  const seen = new Set<number>();
  /** The attempts of each organization, as the subscriber has them who was the first to have so many. */
  const orders = new Map<number, number[]>();
  const places = new Map<number, number>();
  const noticed = new Map<string, Set<number>>([...owed.keys()].map((id) => [id, new Set()]));
  const counts = { doubleCount: 0, unknownCount: 0, disorderedCount: 0 };
  subscribers.forEach((subscriber, index) => {
    const attemptIndex = attemptIndexes[index]!;
    const organizationIndex = Math.floor(subscriber / subscribersEach);
    const key = subscriber * attempts.length + attemptIndex;
    const { deliveryId } = attempts[attemptIndex]!;
    if (owed.get(deliveryId)?.organizationIndex !== organizationIndex) counts.unknownCount += 1;
    else if (seen.has(key)) counts.doubleCount += 1;
    else {
      seen.add(key);
      noticed.get(deliveryId)!.add(attemptIndex);
      const place = places.get(subscriber) ?? 0;
      places.set(subscriber, place + 1);
      const order = orders.get(organizationIndex) ?? [];
      orders.set(organizationIndex, order);
      if (place === order.length) order.push(attemptIndex);
      else if (order[place] !== attemptIndex) counts.disorderedCount += 1;
    }
  });
  const owedAttempts = [...owed].map(([deliveryId, { requestCount }]) => Math.max(requestCount, noticed.get(deliveryId)!.size));
  const owedCount = owedAttempts.reduce((sum, count) => sum + count, 0) * subscribersEach;
  const found: Array<[words: string, count: number]> = [
    ['Missing notices', owedCount - seen.size],
    ['Notices that came twice', counts.doubleCount],
    ["Notices of what is not the subscriber's", counts.unknownCount],
    ['Notices out of order', counts.disorderedCount],
  ];
  return {
    owedCount,
    receivedCount: seen.size,
    missingCount: owedCount - seen.size,
    ...counts,
    faults: [...found.filter(([, count]) => count !== 0).map(([words, count]) => `${words}: ${count}.`), ...faults],
  };
}
