import { defineCondition } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { cronText, readCron, readTime, timeValue, timeZone } from './read-cron.ts';

const MINUTE_MS = 60_000;

export const matches = defineCondition({
  name: 'matches',
  title: 'Matches a schedule',
  description:
    'Holds in the minutes that a cron expression matches; with seconds in it, in the minutes that hold such a second.',
  config: z.strictObject({
    cron: cronText,
    time_zone: timeZone,
    at: timeValue
      .optional()
      .describe('The time that is asked about, in ISO 8601 or milliseconds since 1970. Left out: now.'),
  }),
  evaluate: ({ config: { cron, time_zone: zone, at } }, { clock }) => {
    const asked = readTime(at ?? clock.now()).getTime();
    const minute = asked - (asked % MINUTE_MS);
    const found = readCron(cron, zone).nextRun(new Date(minute - 1));
    return found !== null && found.getTime() < minute + MINUTE_MS;
  },
});
