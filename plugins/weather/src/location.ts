import { refusedInput } from '@ia-modules/bounded-work';
import { PluginError, type PluginContext } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { askOpenMeteo, endpointOf } from './open-meteo.ts';

/** Says where, in which units and whom to ask. */
export const locationFields = {
  place: z.string().min(1).max(200).optional().describe('Name of a town or its postal code, instead of coordinates.'),
  country: z
    .string()
    .regex(/^[A-Za-z]{2}$/)
    .optional()
    .describe('Country of the place, as a code of two letters, where several have its name.'),
  latitude: z.number().min(-90).max(90).optional().describe('In degrees; with longitude, instead of a place.'),
  longitude: z.number().min(-180).max(180).optional().describe('In degrees.'),
  units: z
    .enum(['metric', 'imperial'])
    .default('metric')
    .describe('`metric`: °C, km/h, mm. `imperial`: °F, mph, inch.'),
  base_url: z
    .url({ protocol: /^https?$/ })
    .default('https://api.open-meteo.com')
    .describe('Server that answers as Open-Meteo does.'),
  geocoding_url: z
    .url({ protocol: /^https?$/ })
    .default('https://geocoding-api.open-meteo.com')
    .describe('Server that finds places by name, as Open-Meteo does.'),
  api_key: z.string().min(1).optional().describe('For the paid service; write it as {{ secrets.NAME }}.'),
  timeout_ms: z.int().min(1).max(120_000).default(15_000).describe('Of each request, in milliseconds.'),
} as const;
export type LocationInput = Readonly<z.infer<z.ZodObject<typeof locationFields>>>;

export const locationOutput = z.object({
  name: z.string().nullable().describe('Null for coordinates.'),
  country: z.string().nullable().describe('Code of two letters; null for coordinates.'),
  latitude: z.number().describe('In degrees.'),
  longitude: z.number().describe('In degrees.'),
});
type Location = z.infer<typeof locationOutput>;

const geocodingAnswer = z.object({
  results: z
    .array(
      z.object({
        name: z.string(),
        country_code: z.string().optional(),
        latitude: z.number(),
        longitude: z.number(),
      }),
    )
    .default([]),
});

/**
 * Finds where the input means.
 * @throws PluginError `PlaceNotFoundError`
 */
export const locate = async (ctx: PluginContext, input: LocationInput): Promise<Location> => {
  const { place, country, latitude, longitude } = input;
  if (place === undefined) {
    if (latitude === undefined || longitude === undefined)
      throw refusedInput('Give a place, or latitude and longitude.');
    return { name: null, country: null, latitude, longitude };
  }
  if (latitude !== undefined || longitude !== undefined) throw refusedInput('Give a place or coordinates, not both.');
  const query = {
    name: place,
    count: 1,
    language: 'en',
    format: 'json',
    ...(country === undefined ? {} : { countryCode: country.toUpperCase() }),
  };
  const url = endpointOf(input.geocoding_url, 'v1/search', query);
  const [found] = (await askOpenMeteo(ctx, { url, input, schema: geocodingAnswer })).results;
  if (found === undefined) throw unknownPlace(place, country);
  return {
    name: found.name,
    country: found.country_code ?? null,
    latitude: found.latitude,
    longitude: found.longitude,
  };
};

const unknownPlace = (place: string, country: string | undefined): PluginError =>
  new PluginError({
    name: 'PlaceNotFoundError',
    message: `No place is known as "${place}"${country === undefined ? '' : ` in ${country.toUpperCase()}`}.`,
    hint: 'Give its latitude and longitude.',
  });
