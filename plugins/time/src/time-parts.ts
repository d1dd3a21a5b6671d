import { z } from 'zod';
import { isoOf } from './read-time.ts';
import { weekday, weekdayOf } from './weekdays.ts';

/** A time as pipelines get it, to be used without computing any further. */
export const timeParts = z.object({
  iso: z.string().describe('ISO 8601 with its offset: `2026-12-24T18:00:00+01:00`.'),
  epoch_ms: z.number().describe('Milliseconds since 1970, UTC.'),
  date: z.string().describe('`2026-12-24`.'),
  time: z.string().describe('`18:00:00`.'),
  weekday: weekday.describe('`monday` to `sunday`.'),
  week: z.int().describe('The week of ISO 8601, 1 to 53.'),
  year: z.int().describe('The year.'),
  month: z.int().describe('1 to 12.'),
  day: z.int().describe('1 to 31.'),
  hour: z.int().describe('0 to 23.'),
  minute: z.int().describe('0 to 59.'),
  time_zone: z.string().describe('The time zone on whose clocks it is.'),
  offset: z.string().describe('How far that is from UTC: `+01:00`.'),
});

export const partsOf = (time: Temporal.ZonedDateTime): z.output<typeof timeParts> => ({
  iso: isoOf(time),
  epoch_ms: time.epochMilliseconds,
  date: time.toPlainDate().toString(),
  time: time.toPlainTime().toString({ smallestUnit: 'second' }),
  weekday: weekdayOf(time),
  week: time.weekOfYear ?? 0,
  year: time.year,
  month: time.month,
  day: time.day,
  hour: time.hour,
  minute: time.minute,
  time_zone: time.timeZoneId,
  offset: time.offset,
});
