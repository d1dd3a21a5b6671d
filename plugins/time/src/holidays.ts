import { refusedInput } from '@ia-modules/bounded-work';
import type { HolidaysTypes } from 'date-holidays';
import { z } from 'zod';

const TYPES = ['public', 'bank', 'school', 'optional', 'observance'] as const;
const MAX_CALENDARS = 50;
const [FIRST_YEAR, LAST_YEAR] = [1970, 2200];

export const holidays = z
  .strictObject({
    dates: z
      .array(z.string().regex(/^(?:\d{4}-)?\d{2}-\d{2}$/))
      .max(1_000)
      .default([])
      .describe('Days of your own: `2026-12-24`, or `12-24` in every year.'),
    country: z
      .string()
      .regex(/^[A-Za-z]{2}$/)
      .optional()
      .describe('The holidays of a country by its ISO 3166 code, such as `AT`.'),
    region: z
      .string()
      .regex(/^[A-Za-z0-9]{1,4}(?:-[A-Za-z0-9]{1,4})?$/)
      .optional()
      .describe('And of one of its states or regions, such as `BY` of `DE`.'),
    types: z
      .array(z.enum(TYPES))
      .min(1)
      .default(['public'])
      .describe('Which of the country’s days count: `public`, `bank`, `school`, `optional`, `observance`.'),
  })
  .optional()
  .describe('Which days are holidays. Left out, none is.');
export type Holidays = z.output<typeof holidays>;

/** Tells the name of a day that is a holiday; undefined on other days. */
export type HolidayLookup = (date: Temporal.PlainDate) => string | undefined;

/** @throws PluginError `IA_PLUGIN_INPUT` for a country or a region that is not known */
export const holidayLookup = async (wanted: Holidays): Promise<HolidayLookup> => {
  if (wanted === undefined) return () => undefined;
  const own = new Set(wanted.dates);
  const ofCountry = wanted.country === undefined ? undefined : await countryLookup(wanted.country, wanted);
  return (date) => {
    const text = date.toString();
    if (own.has(text) || own.has(text.slice(5))) return 'own holiday';
    return ofCountry?.(date);
  };
};

type Calendar = {
  readonly years: Map<number, ReadonlyMap<string, string>>;
  readonly read: (year: number) => HolidaysTypes.Holiday[];
};
const calendars = new Map<string, Calendar>();

const countryLookup = async (country: string, { region, types }: NonNullable<Holidays>): Promise<HolidayLookup> => {
  const calendar = await calendarOf(country.toUpperCase(), region?.toUpperCase(), types);
  return (date) => {
    if (date.year < FIRST_YEAR || date.year > LAST_YEAR) {
      throw refusedInput(`Holidays are known from ${FIRST_YEAR} to ${LAST_YEAR}.`);
    }
    const known = calendar.years.get(date.year) ?? namesOf(calendar.read(date.year));
    calendar.years.set(date.year, known);
    return known.get(date.toString());
  };
};

/** Its data is large, and loaded when a pipeline first asks for a country. */
const calendarOf = async (country: string, region: string | undefined, types: readonly string[]): Promise<Calendar> => {
  const key = [country, region ?? '', ...types.toSorted()].join(' ');
  const known = calendars.get(key);
  if (known !== undefined) return known;
  const { default: DateHolidays } = await import('date-holidays');
  const rules = new DateHolidays();
  if (rules.getCountries('en')?.[country] === undefined) {
    throw refusedInput(
      `The holidays of "${country}" are not known.`,
      'Name a country by its ISO 3166 code, or give dates.',
    );
  }
  if (region !== undefined && rules.getStates(country, 'en')?.[region] === undefined) {
    throw refusedInput(
      `${country} has no region "${region}".`,
      `It has: ${Object.keys(rules.getStates(country, 'en') ?? {}).join(', ')}.`,
    );
  }
  const options = { types: [...types] as HolidaysTypes.HolidayType[], languages: ['en'] };
  const calendar =
    region === undefined ? new DateHolidays(country, options) : new DateHolidays(country, region, options);
  if (calendars.size >= MAX_CALENDARS) calendars.clear();
  const made: Calendar = { years: new Map(), read: (year) => calendar.getHolidays(year, 'en') };
  calendars.set(key, made);
  return made;
};

const DAY_MS = 86_400_000;

/** Days by their date; a holiday that lasts several days is all of them. */
const namesOf = (list: readonly HolidaysTypes.Holiday[]): ReadonlyMap<string, string> => {
  const names = new Map<string, string>();
  for (const { date, start, end, name } of list) {
    const first = Temporal.PlainDate.from(date.slice(0, 10));
    const days = Math.max(1, Math.round((end.getTime() - start.getTime()) / DAY_MS));
    for (let day = 0; day < days; day += 1) names.set(first.add({ days: day }).toString(), name);
  }
  return names;
};
