import { refusedInput } from '@ia-modules/bounded-work';
import { defineCondition, PluginError, type PluginContext } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { locationFields } from './location.ts';
import { SKIES, type Sky } from './sky.ts';
import { readCurrent } from './weather-current.ts';
import { readForecast } from './weather-forecast.ts';

const isConfig = z.strictObject({
  ...locationFields,
  when: z.enum(['now', 'today', 'tomorrow']).default('now').describe('Local to the place.'),
  sky: z
    .array(z.enum([...SKIES, 'dry', 'wet']))
    .min(1)
    .max(10)
    .optional()
    .describe('One of these. `rain` covers drizzle and thunderstorms, `wet` snow besides; `dry` is all but wet.'),
  temperature_over: z.number().optional().describe('Of a day: its highest.'),
  temperature_under: z.number().optional().describe('Of a day: its lowest.'),
  wind_over: z.number().optional().describe('Of a day: the strongest.'),
  precipitation_over: z.number().optional().describe('Of a day: its sum.'),
});
type Config = z.infer<typeof isConfig>;

type Weather = {
  readonly sky: Sky;
  readonly highest: number;
  readonly lowest: number;
  readonly wind: number;
  readonly precipitation: number;
};

export const weatherIs = defineCondition({
  name: 'is',
  title: 'Weather is',
  description: 'Holds when the weather at a place is as described; everything that is given must hold.',
  config: isConfig,
  evaluate: async ({ config }, ctx) => {
    const { sky, temperature_over, temperature_under, wind_over, precipitation_over } = config;
    if (
      [sky, temperature_over, temperature_under, wind_over, precipitation_over].every((value) => value === undefined)
    ) {
      throw refusedInput(
        'The condition says nothing of the weather.',
        'Add "sky" or "temperature_under", for example.',
      );
    }
    const weather = await readWeather(ctx, config);
    return (
      (sky === undefined || sky.some((word) => COVERED[word].has(weather.sky))) &&
      weather.highest > (temperature_over ?? -Infinity) &&
      weather.lowest < (temperature_under ?? Infinity) &&
      weather.wind > (wind_over ?? -Infinity) &&
      weather.precipitation > (precipitation_over ?? -Infinity)
    );
  },
});

const RAIN: readonly Sky[] = ['drizzle', 'rain', 'thunderstorm'];
const DRY: readonly Sky[] = ['clear', 'partly_cloudy', 'cloudy', 'fog'];

const COVERED: Readonly<Record<Sky | 'dry' | 'wet', ReadonlySet<Sky>>> = {
  clear: new Set(['clear']),
  partly_cloudy: new Set(['partly_cloudy']),
  cloudy: new Set(['cloudy']),
  fog: new Set(['fog']),
  drizzle: new Set(['drizzle']),
  rain: new Set(RAIN),
  snow: new Set(['snow']),
  thunderstorm: new Set(['thunderstorm']),
  dry: new Set(DRY),
  wet: new Set([...RAIN, 'snow']),
};

const readWeather = async (ctx: PluginContext, config: Config): Promise<Weather> => {
  if (config.when === 'now') {
    const { sky, temperature, wind_speed: wind, precipitation } = await readCurrent(ctx, config);
    return { sky, highest: temperature, lowest: temperature, wind, precipitation };
  }
  const { days } = await readForecast(ctx, { ...config, days: 2 });
  const day = days[config.when === 'today' ? 0 : 1];
  if (day === undefined) throw new PluginError({ name: 'HttpBodyError', message: 'The forecast ends too soon.' });
  const { sky, temperature_max: highest, temperature_min: lowest, wind_speed_max: wind, precipitation } = day;
  return { sky, highest, lowest, wind, precipitation };
};
