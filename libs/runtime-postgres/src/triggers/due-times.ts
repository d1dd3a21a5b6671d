import { lastFireTimes } from './cron-times.ts';

/**
 * What becomes of times that passed while no worker was there: `skip` lets those older than a minute go, `latest` makes up
 * for the last one, `all` for each of the last hundred.
 */
export type CatchUp = 'skip' | 'latest' | 'all';

export const MAX_CAUGHT_UP = 100;
const PUNCTUAL_MS = 60_000;

export type DueTimesRequest = {
  readonly cron: string;
  readonly timeZone: string;
  /** The first time that has not been looked at. */
  readonly nextAt: number;
  readonly now: number;
  readonly catchUp: CatchUp;
};

/** The times for which runs start now, in their order; milliseconds since 1970. */
export const dueTimes = ({ cron, timeZone, nextAt, now, catchUp }: DueTimesRequest): readonly number[] => {
  const times = lastFireTimes(cron, timeZone, { until: now, count: MAX_CAUGHT_UP }).filter((time) => time >= nextAt);
  if (catchUp === 'skip') return times.filter((time) => time > now - PUNCTUAL_MS);
  return catchUp === 'latest' ? times.slice(-1) : times;
};
