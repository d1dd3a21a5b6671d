import type { QueryValue } from '@ia-modules/http-client';
import type { PluginContext } from '@ia-modules/plugin-sdk';
import type { z } from 'zod';
import type { LocationInput } from './location.ts';
import { askOpenMeteo, endpointOf } from './open-meteo.ts';

const UNITS = {
  metric: {},
  imperial: { temperature_unit: 'fahrenheit', wind_speed_unit: 'mph', precipitation_unit: 'inch' },
} as const;

type Forecast<S extends z.ZodType> = {
  readonly input: LocationInput;
  readonly at: { readonly latitude: number; readonly longitude: number };
  readonly query: Readonly<Record<string, QueryValue>>;
  readonly schema: S;
};

export const askForecast = async <S extends z.ZodType>(
  ctx: PluginContext,
  { input, at, query, schema }: Forecast<S>,
): Promise<z.output<S>> => {
  const { latitude, longitude } = at;
  const all = { latitude, longitude, timezone: 'auto', ...UNITS[input.units], ...query };
  const url = endpointOf(input.base_url, 'v1/forecast', all);
  return await askOpenMeteo(ctx, { url, input, schema });
};
