import { performance } from 'node:perf_hooks';

/** What time it is: `now` in epoch milliseconds, which people and time servers change, `elapsed` in milliseconds that only grow. */
export type Clock = { now(): number; elapsed(): number };

export const SYSTEM_CLOCK: Clock = { now: () => Date.now(), elapsed: () => performance.now() };
