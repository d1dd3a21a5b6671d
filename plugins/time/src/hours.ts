import { refusedInput } from '@ia-modules/bounded-work';
import { z } from 'zod';
import { WEEKDAYS, type Weekday, weekdayOf } from './weekdays.ts';

const RANGE = /^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))$/;
const OFFICE = ['09:00-17:00'];

const ranges = z.array(z.string().max(11)).max(10);

export const weeklyHours = z
  .partialRecord(z.enum(WEEKDAYS), ranges)
  .default({ monday: OFFICE, tuesday: OFFICE, wednesday: OFFICE, thursday: OFFICE, friday: OFFICE })
  .describe(
    'When it is open, by day: `{"monday": ["09:00-12:00", "13:00-17:30"]}`; `22:00-06:00` goes on into the next day. A day that is left out is closed.',
  );

export type WeeklyHours = z.output<typeof weeklyHours>;

/** Minutes since midnight; an end beyond 1,440 lies in the next day. */
export type OpenHours = { readonly from: number; readonly to: number };

/**
 * Reads the hours of all days.
 * @throws PluginError `IA_PLUGIN_INPUT`
 */
export const readHours = (hours: WeeklyHours): ReadonlyMap<Weekday, readonly OpenHours[]> =>
  new Map(WEEKDAYS.map((day) => [day, (hours[day] ?? []).map(readRange)]));

export const readRange = (text: string): OpenHours => {
  const match = RANGE.exec(text);
  if (match === null) throw refusedInput(`"${text}" is no range of hours.`, 'Write it as in 09:00-17:30.');
  const from = Number(match[1]) * 60 + Number(match[2]);
  const to = Number(match[3] ?? match[5]) * 60 + Number(match[4] ?? match[6]);
  if (from === to) throw refusedInput(`The range "${text}" is empty.`, 'All of a day is 00:00-24:00.');
  return { from, to: to > from ? to : to + 24 * 60 };
};

const minutesOf = ({ hour, minute }: Temporal.ZonedDateTime): number => hour * 60 + minute;

/** Whether the clocks show open hours, of that day or those that go on from the day before. */
export const isOpenAt = (
  time: Temporal.ZonedDateTime,
  hours: ReadonlyMap<Weekday, readonly OpenHours[]>,
  isClosedOn: (date: Temporal.PlainDate) => boolean,
): boolean => {
  const date = time.toPlainDate();
  const yesterday = date.subtract({ days: 1 });
  const minutes = minutesOf(time);
  const isWithin = (day: Temporal.PlainDate, at: number): boolean =>
    !isClosedOn(day) && (hours.get(weekdayOf(day)) ?? []).some(({ from, to }) => at >= from && at < to);
  return isWithin(date, minutes) || isWithin(yesterday, minutes + 24 * 60);
};
