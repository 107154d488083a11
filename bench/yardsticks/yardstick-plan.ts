/** What the process of a yardstick is told at its start. */
export interface YardstickPlan {
  /** Where the receiver listens. */
  port: number;
  /** How many deliveries come before, not measured. */
  warmupCount: number;
  deliveryCount: number;
  /** An empty one, for what is stored in files. */
  folder: string;
  /** For those that need one. */
  redisUrl: string | null;
}

/** What a yardstick's delivering took. */
export interface YardstickWork {
  /** When it began, on the monotonic clock. */
  startedAt: number;
  /** How many seconds of a core its process has worked, and what it stores in; null where that does not tell, or there is none. */
  senderCpuSeconds: number;
  storeCpuSeconds: number | null;
}

/** What it says: that it is warm and what it is made of, or that all is delivered, or why not. */
export type YardstickMessage = { ready: { description: string } } | { done: YardstickWork } | { fault: string };

/** How many requests, jobs or calls of `add` are under way at once, as the server has many under way too. */
export const CONCURRENCY = 64;

/** What there is, by its name: what it is compared with, and its file. */
export const YARDSTICKS = {
  'client-loop': { title: 'client loop', file: 'client-loop/client-loop-main.js' },
  'bare-store': { title: 'bare store', file: 'bare-store/bare-store-main.js' },
  bullmq: { title: 'BullMQ', file: 'bullmq/bullmq-main.js' },
} as const satisfies Record<string, { title: string; file: string }>;

export type YardstickName = keyof typeof YARDSTICKS;
