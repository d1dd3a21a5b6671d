import { refusedInput } from '@ia-modules/bounded-work';
import { defineCondition } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { holidayLookup, holidays } from './holidays.ts';
import { isOpenAt, readHours, readRange, weeklyHours } from './hours.ts';
import { readTime, timeOrNow, timeValue, timeZone } from './read-time.ts';
import { weekday, weekdayOf } from './weekdays.ts';

const at = timeValue
  .optional()
  .describe('The time that is asked about, in ISO 8601 or milliseconds since 1970. Left out: now.');

export const businessHours = defineCondition({
  name: 'business_hours',
  title: 'Business hours',
  description:
    'Holds while it is open: on the clocks of a time zone, within the hours of the weekday, and on no holiday.',
  config: z.strictObject({ hours: weeklyHours, time_zone: timeZone, holidays, at }),
  evaluate: async ({ config }, { clock }) => {
    const isHoliday = await holidayLookup(config.holidays);
    const time = timeOrNow(config.at, config.time_zone, clock);
    return isOpenAt(time, readHours(config.hours), (date) => isHoliday(date) !== undefined);
  },
});

const CLOCK_TIME = /^\d{2}:\d{2}$/;

export const inRange = defineCondition({
  name: 'in_range',
  title: 'Within a time range',
  description:
    'Holds between two times of the day, or between two points in time; the first belongs to it, the second does not.',
  config: z.strictObject({
    from: z.string().min(1).max(100).describe('A time of the day such as `22:00`, or a point in time in ISO 8601.'),
    to: z
      .string()
      .min(1)
      .max(100)
      .describe('Likewise. A time of the day before `from` lies in the next day; `24:00` is the end of it.'),
    time_zone: timeZone,
    at,
  }),
  evaluate: ({ config }, { clock }) => {
    const time = timeOrNow(config.at, config.time_zone, clock);
    const isDaily = CLOCK_TIME.test(config.from);
    if (isDaily !== CLOCK_TIME.test(config.to)) {
      throw refusedInput('from and to have to be two times of the day, or two points in time.');
    }
    if (!isDaily) {
      const [from, to] = [readTime(config.from, config.time_zone), readTime(config.to, config.time_zone)];
      return time.epochMilliseconds >= from.epochMilliseconds && time.epochMilliseconds < to.epochMilliseconds;
    }
    const { from, to } = readRange(`${config.from}-${config.to}`);
    const minutes = time.hour * 60 + time.minute;
    return (minutes >= from && minutes < to) || minutes + 24 * 60 < to;
  },
});

export const dayOfWeek = defineCondition({
  name: 'day_of_week',
  title: 'Day of the week',
  description: 'Holds on some days of the week, on the clocks of a time zone.',
  config: z.strictObject({
    days: z.array(weekday).min(1).max(7).describe('Which: `["saturday", "sunday"]`.'),
    time_zone: timeZone,
    at,
  }),
  evaluate: ({ config }, { clock }) => config.days.includes(weekdayOf(timeOrNow(config.at, config.time_zone, clock))),
});

export const isHoliday = defineCondition({
  name: 'is_holiday',
  title: 'Is a holiday',
  description: 'Holds on holidays: of a country, of one of its regions, or days of your own.',
  config: z.strictObject({ holidays: holidays.unwrap().describe('Which days are holidays.'), time_zone: timeZone, at }),
  evaluate: async ({ config }, { clock }) => {
    const lookup = await holidayLookup(config.holidays);
    return lookup(timeOrNow(config.at, config.time_zone, clock).toPlainDate()) !== undefined;
  },
});

const limit = {
  time: timeValue.describe('The point in time, in ISO 8601 or milliseconds since 1970.'),
  time_zone: timeZone,
  at,
};

export const before = defineCondition({
  name: 'before',
  title: 'Before a time',
  description: 'Holds before a point in time.',
  config: z.strictObject(limit),
  evaluate: ({ config: { time, time_zone: zone, at: asked } }, { clock }) =>
    timeOrNow(asked, zone, clock).epochMilliseconds < readTime(time, zone).epochMilliseconds,
});

export const after = defineCondition({
  name: 'after',
  title: 'After a time',
  description: 'Holds from a point in time on.',
  config: z.strictObject(limit),
  evaluate: ({ config: { time, time_zone: zone, at: asked } }, { clock }) =>
    timeOrNow(asked, zone, clock).epochMilliseconds >= readTime(time, zone).epochMilliseconds,
});
