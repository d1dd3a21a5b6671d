import { Cron, CronPattern } from 'croner';
import { LRUCache } from 'lru-cache';

const MAX_CRON_CHARS = 200;
const MAX_REMEMBERED = 1_000;
const NEEDED_FIELDS = '5-or-6-parts';
// As cron has always done it: what has neither a star nor a step in its time of day is meant once a day.
const FIXED_TIMES = 'no-wildcard';

const remembered = new LRUCache<string, Cron>({ max: MAX_REMEMBERED });

const readCron = (cron: string, timeZone: string): Cron => {
  const key = `${timeZone} ${cron}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const read = new Cron(cron, { timezone: timeZone, mode: NEEDED_FIELDS, fixedTimeRule: FIXED_TIMES });
  remembered.set(key, read);
  return read;
};

const readPattern = (cron: string): CronPattern => new CronPattern(cron, undefined, { mode: NEEDED_FIELDS });

/** Says what is wrong with a cron expression of five fields, or of six with seconds first; null when nothing is. */
export const findCronProblem = (cron: string): string | null => {
  if (cron.length > MAX_CRON_CHARS) return `A cron expression has at most ${MAX_CRON_CHARS} characters.`;
  try {
    readPattern(cron);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
  }
};

/** Whether there is such a time zone in the IANA database. */
export const isTimeZone = (timeZone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

/**
 * Finds the first time after `after` (milliseconds since 1970, as the result); null when none ever comes. A time of day
 * that the clocks skip in spring comes at the first moment after the gap, one that they repeat in autumn comes once; an
 * hourly or finer expression follows the real hours.
 *
 * @throws Error when the expression or the zone can not be read; see {@link findCronProblem} and {@link isTimeZone}
 */
export const nextFireAt = (cron: string, timeZone: string, after: number): number | null =>
  readCron(cron, timeZone).nextRun(new Date(after))?.getTime() ?? null;

/** The last `count` times up to and with `until`, in their order. */
export const lastFireTimes = (
  cron: string,
  timeZone: string,
  { until, count }: Readonly<{ until: number; count: number }>,
): readonly number[] =>
  readCron(cron, timeZone)
    .previousRuns(count, new Date(until + 1))
    .map((time) => time.getTime())
    .toSorted((left, right) => left - right);
