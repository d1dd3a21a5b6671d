import { refusedInput } from '@ia-modules/bounded-work';
import { defineStep } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { holidayLookup, holidays } from './holidays.ts';
import { timeOrNow, timeValue, timeZone } from './read-time.ts';
import { weekday, weekdayOf } from './weekdays.ts';

const MAX_DAYS_LOOKED_AT = 4_000;
const MAX_SKIPPED = 100;

export const nextBusinessDay = defineStep({
  name: 'next_business_day',
  title: 'Next business day',
  description: 'Finds the business day that lies some business days away, without weekends and holidays.',
  input: z.strictObject({
    from: timeValue.optional().describe('From which day, in ISO 8601. Left out: today.'),
    days: z
      .int()
      .min(-500)
      .max(500)
      .default(1)
      .describe('How many business days further, or back; 0 takes the day itself if it is one, else the next.'),
    weekdays: z
      .array(weekday)
      .min(1)
      .max(7)
      .default(['monday', 'tuesday', 'wednesday', 'thursday', 'friday'])
      .describe('Which days of the week are business days.'),
    time_zone: timeZone,
    holidays,
  }),
  output: z.object({
    date: z.string().describe('The day: `2026-12-28`.'),
    weekday: weekday.describe('Its day of the week.'),
    starts_at: z.string().describe('When it begins, in ISO 8601 with its offset.'),
    skipped: z
      .array(
        z.object({
          date: z.string().describe('The day.'),
          reason: z.string().describe('`weekend`, or the holiday’s name.'),
        }),
      )
      .describe('The days in between that are none, 100 at most.'),
  }),
  run: async ({ from, days, weekdays, time_zone: zone, holidays: wanted }, { clock }) => {
    const nameOf = await holidayLookup(wanted);
    const reasonOf = (date: Temporal.PlainDate): string | undefined =>
      weekdays.includes(weekdayOf(date)) ? nameOf(date) : 'weekend';
    const skipped: { date: string; reason: string }[] = [];
    const step = { days: days < 0 ? -1 : 1 };
    const start = timeOrNow(from, zone, clock);
    let date = days === 0 ? start.toPlainDate() : start.toPlainDate().add(step);
    let missing = Math.max(Math.abs(days), 1);
    for (let looked = 0; looked < MAX_DAYS_LOOKED_AT; looked += 1, date = date.add(step)) {
      const reason = reasonOf(date);
      if (reason === undefined) missing -= 1;
      else if (skipped.length < MAX_SKIPPED) skipped.push({ date: date.toString(), reason });
      if (missing > 0) continue;
      const begin = date.toZonedDateTime(start.timeZoneId).toString({ timeZoneName: 'never' });
      return { date: date.toString(), weekday: weekdayOf(date), starts_at: begin, skipped };
    }
    throw refusedInput('No business day was found within ten years.');
  },
});
