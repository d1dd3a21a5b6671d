import { definePlugin } from '@ia-modules/plugin-sdk';
import { weatherCurrent } from './weather-current.ts';
import { weatherForecast } from './weather-forecast.ts';
import { weatherIs } from './weather-is.ts';

/** Used as `weather.<name>`. */
export const plugin = definePlugin({ steps: [weatherCurrent, weatherForecast], conditions: [weatherIs] });
