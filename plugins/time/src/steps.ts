import { refusedInput } from '@ia-modules/bounded-work';
import { defineStep } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { readTime, timeOrNow, timeValue, timeZone } from './read-time.ts';
import { partsOf, timeParts } from './time-parts.ts';

const time = timeValue
  .optional()
  .describe(
    'In ISO 8601 or milliseconds since 1970; without an offset it is on the clocks of the time zone. Left out: now.',
  );

export const now = defineStep({
  name: 'now',
  title: 'Now',
  description: 'Tells what time it is, on the clocks of a time zone.',
  input: z.strictObject({ time_zone: timeZone }),
  output: timeParts,
  run: ({ time_zone: zone }, { clock }) => partsOf(readTime(clock.now(), zone)),
});

const amount = z.int().min(-1_000_000_000).max(1_000_000_000).default(0);

export const add = defineStep({
  name: 'add',
  title: 'Add to a time',
  description:
    'Adds to a time, or takes from it. Days and longer go by the calendar, hours and shorter by the clock that never stops.',
  input: z.strictObject({
    time,
    time_zone: timeZone,
    years: amount.describe('The 29th of February becomes the 28th where there is none.'),
    months: amount.describe('The 31st becomes the last day of a shorter month.'),
    weeks: amount.describe('Of seven days.'),
    days: amount.describe('The same time on another day, also when clocks are put forward or back in between.'),
    hours: amount.describe('Of sixty minutes, whatever the clocks show.'),
    minutes: amount.describe('Of sixty seconds.'),
    seconds: amount.describe('May be below zero, like all of them.'),
  }),
  output: timeParts,
  run: ({ time: from, time_zone: zone, ...duration }, { clock }) => {
    const start = timeOrNow(from, zone, clock);
    const { hours, minutes, seconds, ...calendar } = duration;
    try {
      return partsOf(start.add(calendar).add({ hours, minutes, seconds }));
    } catch {
      throw refusedInput('The time lies beyond what calendars know.');
    }
  },
});

const UNITS = ['years', 'months', 'weeks', 'days', 'hours', 'minutes', 'seconds'] as const;

export const difference = defineStep({
  name: 'difference',
  title: 'Difference of times',
  description: 'Tells how long it is from one time to another.',
  input: z.strictObject({
    from: time,
    to: time,
    time_zone: timeZone,
    largest_unit: z.enum(UNITS).default('days').describe('The largest unit of `parts` and `iso`.'),
  }),
  output: z.object({
    milliseconds: z.number().describe('In all; below zero when `to` lies before `from`.'),
    hours: z.number().describe('In all, with a fraction.'),
    calendar_days: z.int().describe('How many midnights lie in between.'),
    iso: z.string().describe('As a duration of ISO 8601: `P1DT2H`.'),
    parts: z
      .object(
        Object.fromEntries(UNITS.map((unit) => [unit, z.int().describe(`Whole ${unit}.`)])) as Record<
          (typeof UNITS)[number],
          z.ZodInt
        >,
      )
      .describe('The same, unit by unit.'),
  }),
  run: ({ from, to, time_zone: zone, largest_unit: largestUnit }, { clock }) => {
    const [start, end] = [timeOrNow(from, zone, clock), timeOrNow(to, zone, clock)];
    const duration = start.until(end, { largestUnit, smallestUnit: 'seconds', roundingMode: 'trunc' });
    const milliseconds = end.epochMilliseconds - start.epochMilliseconds;
    const { years, months, weeks, days, hours, minutes, seconds } = duration;
    return {
      milliseconds,
      hours: milliseconds / 3_600_000,
      calendar_days: start.toPlainDate().until(end.toPlainDate(), { largestUnit: 'days' }).days,
      iso: duration.toString(),
      parts: { years, months, weeks, days, hours, minutes, seconds },
    };
  },
});

const STYLES = ['full', 'long', 'medium', 'short'] as const;

export const format = defineStep({
  name: 'format',
  title: 'Write a time',
  description: 'Writes a time as people of a language do.',
  input: z.strictObject({
    time,
    time_zone: timeZone,
    locale: z.string().min(2).max(35).default('en').describe('The language, such as `de-AT`.'),
    date_style: z
      .enum([...STYLES, 'none'])
      .default('medium')
      .describe('How much of the date.'),
    time_style: z
      .enum([...STYLES, 'none'])
      .default('short')
      .describe('How much of the time.'),
  }),
  output: z.object({
    text: z.string().describe('The time as text.'),
    iso: z.string().describe('The same in ISO 8601.'),
  }),
  run: ({ time: written, time_zone: zone, locale, date_style: dateStyle, time_style: timeStyle }, { clock }) => {
    const read = timeOrNow(written, zone, clock);
    if (dateStyle === 'none' && timeStyle === 'none')
      throw refusedInput('Either the date or the time has to be written.');
    const options: Intl.DateTimeFormatOptions = {
      timeZone: read.timeZoneId,
      ...(dateStyle === 'none' ? {} : { dateStyle }),
      ...(timeStyle === 'none' ? {} : { timeStyle }),
    };
    return { text: formatter(locale, options).format(read.epochMilliseconds), iso: partsOf(read).iso };
  },
});

const formatter = (locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => {
  try {
    return new Intl.DateTimeFormat(locale, options);
  } catch {
    throw refusedInput(`"${locale}" is no language.`, 'Write it as in de or de-AT.');
  }
};
