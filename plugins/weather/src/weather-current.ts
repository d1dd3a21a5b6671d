import { defineStep, type PluginContext } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { askForecast } from './ask-forecast.ts';
import { locate, locationFields, type LocationInput, locationOutput } from './location.ts';
import { SKIES, skyOf } from './sky.ts';

const VARIABLES = [
  'temperature_2m',
  'apparent_temperature',
  'relative_humidity_2m',
  'precipitation',
  'weather_code',
  'cloud_cover',
  'wind_speed_10m',
  'wind_gusts_10m',
  'wind_direction_10m',
  'is_day',
];

const currentAnswer = z.object({
  timezone: z.string(),
  current: z.object({
    time: z.string(),
    temperature_2m: z.number(),
    apparent_temperature: z.number(),
    relative_humidity_2m: z.number(),
    precipitation: z.number(),
    weather_code: z.number(),
    cloud_cover: z.number(),
    wind_speed_10m: z.number(),
    wind_gusts_10m: z.number(),
    wind_direction_10m: z.number(),
    is_day: z.number(),
  }),
});

const currentOutput = z.object({
  location: locationOutput.describe('Where.'),
  time: z.string().describe('Local time of the measurement: 2026-05-04T13:45.'),
  timezone: z.string().describe('IANA name of the zone at the location.'),
  sky: z.enum(SKIES).describe('The weather in a word.'),
  weather_code: z.number().describe('WMO code 4677.'),
  temperature: z.number().describe('At 2 m.'),
  feels_like: z.number().describe('Apparent temperature.'),
  humidity_percent: z.number().describe('Relative humidity at 2 m.'),
  precipitation: z.number().describe('Rain, showers and snow of the last interval.'),
  cloud_cover_percent: z.number().describe('Of the sky.'),
  wind_speed: z.number().describe('At 10 m.'),
  wind_gusts: z.number().describe('At 10 m.'),
  wind_direction_degrees: z.number().describe('Where the wind comes from.'),
  is_day: z.boolean().describe('Whether the sun is up.'),
});

export const readCurrent = async (ctx: PluginContext, input: LocationInput): Promise<z.infer<typeof currentOutput>> => {
  const location = await locate(ctx, input);
  const query = { current: VARIABLES.join(',') };
  const { timezone, current } = await askForecast(ctx, { input, at: location, query, schema: currentAnswer });
  return {
    location,
    time: current.time,
    timezone,
    sky: skyOf(current.weather_code),
    weather_code: current.weather_code,
    temperature: current.temperature_2m,
    feels_like: current.apparent_temperature,
    humidity_percent: current.relative_humidity_2m,
    precipitation: current.precipitation,
    cloud_cover_percent: current.cloud_cover,
    wind_speed: current.wind_speed_10m,
    wind_gusts: current.wind_gusts_10m,
    wind_direction_degrees: current.wind_direction_10m,
    is_day: current.is_day === 1,
  };
};

export const weatherCurrent = defineStep({
  name: 'current',
  title: 'Current weather',
  description: 'Tells the weather at a place right now.',
  input: z.strictObject(locationFields),
  output: currentOutput,
  run: (input, ctx) => readCurrent(ctx, input),
});
