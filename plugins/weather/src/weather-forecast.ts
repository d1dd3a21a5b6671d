import { defineStep, PluginError, type PluginContext } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { askForecast } from './ask-forecast.ts';
import { locate, locationFields, type LocationInput, locationOutput } from './location.ts';
import { SKIES, skyOf } from './sky.ts';

const MAX_DAYS = 16;
const VARIABLES = [
  'weather_code',
  'temperature_2m_max',
  'temperature_2m_min',
  'precipitation_sum',
  'precipitation_probability_max',
  'wind_speed_10m_max',
  'sunrise',
  'sunset',
];

const numbers = z.array(z.number()).max(MAX_DAYS);
const texts = z.array(z.string()).max(MAX_DAYS);
const dailyAnswer = z.object({
  timezone: z.string(),
  daily: z.object({
    time: texts.min(1),
    weather_code: numbers,
    temperature_2m_max: numbers,
    temperature_2m_min: numbers,
    precipitation_sum: numbers,
    // Beyond what a model reaches it is not known.
    precipitation_probability_max: z.array(z.number().nullable()).max(MAX_DAYS),
    wind_speed_10m_max: numbers,
    sunrise: texts,
    sunset: texts,
  }),
});
type Daily = z.infer<typeof dailyAnswer>['daily'];

const dayOutput = z.object({
  date: z.string().describe('Local date: 2026-05-04.'),
  sky: z.enum(SKIES).describe('The most severe weather of the day in a word.'),
  weather_code: z.number().describe('WMO code 4677.'),
  temperature_max: z.number().describe('At 2 m.'),
  temperature_min: z.number().describe('At 2 m.'),
  precipitation: z.number().describe('Sum of the day.'),
  precipitation_probability_percent: z.number().nullable().describe('Null where it is not known.'),
  wind_speed_max: z.number().describe('At 10 m.'),
  sunrise: z.string().describe('Local time.'),
  sunset: z.string().describe('Local time.'),
});
export type Day = z.infer<typeof dayOutput>;

const forecastOutput = z.object({
  location: locationOutput.describe('Where.'),
  timezone: z.string().describe('IANA name of the zone at the location.'),
  days: z.array(dayOutput).describe('From today.'),
});

type ForecastInput = LocationInput & { readonly days: number };

export const readForecast = async (
  ctx: PluginContext,
  input: ForecastInput,
): Promise<z.infer<typeof forecastOutput>> => {
  const location = await locate(ctx, input);
  const query = { daily: VARIABLES.join(','), forecast_days: input.days };
  const { timezone, daily } = await askForecast(ctx, { input, at: location, query, schema: dailyAnswer });
  return { location, timezone, days: daily.time.map((date, index) => dayOf(daily, date, index)) };
};

const dayOf = (daily: Daily, date: string, index: number): Day => {
  const at = <T>(values: readonly T[]): T => {
    const value = values[index];
    if (value === undefined)
      throw new PluginError({ name: 'HttpBodyError', message: `The forecast of ${date} has gaps.` });
    return value;
  };
  const weatherCode = at(daily.weather_code);
  return {
    date,
    sky: skyOf(weatherCode),
    weather_code: weatherCode,
    temperature_max: at(daily.temperature_2m_max),
    temperature_min: at(daily.temperature_2m_min),
    precipitation: at(daily.precipitation_sum),
    precipitation_probability_percent: at(daily.precipitation_probability_max),
    wind_speed_max: at(daily.wind_speed_10m_max),
    sunrise: at(daily.sunrise),
    sunset: at(daily.sunset),
  };
};

export const weatherForecast = defineStep({
  name: 'forecast',
  title: 'Weather forecast',
  description: 'Tells the weather at a place day by day, from today.',
  input: z.strictObject({
    ...locationFields,
    days: z.int().min(1).max(MAX_DAYS).default(7).describe('How many, today being the first.'),
  }),
  output: forecastOutput,
  run: (input, ctx) => readForecast(ctx, input),
});
