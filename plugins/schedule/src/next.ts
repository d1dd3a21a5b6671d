import { defineStep } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { cronText, readCron, readTime, timeValue, timeZone } from './read-cron.ts';

export const next = defineStep({
  name: 'next',
  title: 'Next times',
  description: 'Tells when a cron expression matches next, once or several times.',
  input: z.strictObject({
    cron: cronText,
    time_zone: timeZone,
    count: z.int().min(1).max(100).default(1).describe('How many times.'),
    from: timeValue.optional().describe('After which time, in ISO 8601 or milliseconds since 1970. Left out: now.'),
  }),
  output: z.object({
    next: z.string().nullable().describe('The first of them in ISO 8601, UTC; null when it never matches again.'),
    times: z.array(z.string()).describe('All of them; fewer when it matches less often.'),
    wait_ms: z.number().nullable().describe('How long it is until the first.'),
  }),
  run: ({ cron, time_zone: zone, count, from }, { clock }) => {
    const start = readTime(from ?? clock.now());
    const times = readCron(cron, zone).nextRuns(count, start);
    const [first] = times;
    return {
      next: first?.toISOString() ?? null,
      times: times.map((time) => time.toISOString()),
      wait_ms: first === undefined ? null : Math.max(0, first.getTime() - clock.now()),
    };
  },
});
