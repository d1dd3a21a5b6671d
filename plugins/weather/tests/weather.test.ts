import { createTestbed, listen, type LocalServer, type Seen, sendJson, type Testbed } from '@ia-modules/plugin-testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { plugin } from '../src/index.ts';

// The public service can not be reached from where tests run: this server answers in the form that Open-Meteo documents.
const CURRENT = {
  latitude: 52.52,
  longitude: 13.419998,
  generationtime_ms: 0.1,
  utc_offset_seconds: 7200,
  timezone: 'Europe/Berlin',
  timezone_abbreviation: 'GMT+2',
  elevation: 38,
  current_units: { time: 'iso8601', interval: 'seconds', temperature_2m: '°C' },
  current: {
    time: '2026-05-04T13:45',
    interval: 900,
    temperature_2m: 11.4,
    apparent_temperature: 9.2,
    relative_humidity_2m: 81,
    precipitation: 0.4,
    weather_code: 61,
    cloud_cover: 100,
    wind_speed_10m: 14.8,
    wind_gusts_10m: 31.3,
    wind_direction_10m: 250,
    is_day: 1,
  },
};
const DAILY = {
  timezone: 'Europe/Berlin',
  daily: {
    time: ['2026-05-04', '2026-05-05'],
    weather_code: [95, 3],
    temperature_2m_max: [14.1, 19.7],
    temperature_2m_min: [7.9, 8.4],
    precipitation_sum: [6.2, 0],
    precipitation_probability_max: [90, null],
    wind_speed_10m_max: [28.2, 12.1],
    sunrise: ['2026-05-04T05:31', '2026-05-05T05:29'],
    sunset: ['2026-05-04T20:37', '2026-05-05T20:39'],
  },
};
const BERLIN = {
  id: 2950159,
  name: 'Berlin',
  latitude: 52.52437,
  longitude: 13.41053,
  country_code: 'DE',
  timezone: 'Europe/Berlin',
};

const places: Readonly<Record<string, readonly unknown[]>> = { Berlin: [BERLIN], '10115': [BERLIN] };

const answer = ({ path, query }: Seen): [unknown, number] => {
  if (path === '/geo/v1/search') return [{ results: places[query.get('name') ?? ''], generationtime_ms: 1 }, 200];
  if (query.get('latitude') === '1') return [{ error: true, reason: 'No data is available for this location' }, 400];
  if (query.get('latitude') === '2') return [{ timezone: 'UTC', current: {} }, 200];
  return [query.has('daily') ? DAILY : CURRENT, 200];
};

let server: LocalServer;
let testbed: Testbed;
let servers: { readonly base_url: string; readonly geocoding_url: string };

beforeAll(async () => {
  server = await listen((request, response) => sendJson(response, ...answer(request)));
  testbed = createTestbed({ plugin, packageJson });
  servers = { base_url: server.origin, geocoding_url: `${server.origin}/geo/` };
});
beforeEach(() => {
  server.seen.length = 0;
});
afterAll(() => server.close());

describe('weather.current', () => {
  it('finds a place by its name and tells its weather', async () => {
    expect(await testbed.step('current', { ...servers, place: 'Berlin', country: 'de' })).toEqual({
      location: { name: 'Berlin', country: 'DE', latitude: 52.52437, longitude: 13.41053 },
      time: '2026-05-04T13:45',
      timezone: 'Europe/Berlin',
      sky: 'rain',
      weather_code: 61,
      temperature: 11.4,
      feels_like: 9.2,
      humidity_percent: 81,
      precipitation: 0.4,
      cloud_cover_percent: 100,
      wind_speed: 14.8,
      wind_gusts: 31.3,
      wind_direction_degrees: 250,
      is_day: true,
    });
    expect(server.seen[0]?.query.get('countryCode')).toBe('DE');
  });

  it('asks for coordinates, units and with a key as the service documents it', async () => {
    await testbed.step('current', { ...servers, latitude: 52.5, longitude: -13.4, units: 'imperial', api_key: 'hush' });
    expect(Object.fromEntries(server.seen[0]?.query ?? [])).toMatchObject({
      latitude: '52.5',
      longitude: '-13.4',
      temperature_unit: 'fahrenheit',
      wind_speed_unit: 'mph',
      precipitation_unit: 'inch',
      timezone: 'auto',
      apikey: 'hush',
    });
  });

  it.each([
    ['an unknown place', { place: 'Nowhere' }, { name: 'PlaceNotFoundError', retryable: false }],
    ['neither place nor coordinates', {}, { code: 'IA_PLUGIN_INPUT' }],
    ['a place and coordinates', { place: 'Berlin', latitude: 1, longitude: 1 }, { code: 'IA_PLUGIN_INPUT' }],
    ['half a pair of coordinates', { latitude: 1 }, { code: 'IA_PLUGIN_INPUT' }],
    ['a latitude beyond the pole', { latitude: 91, longitude: 1 }, { code: 'IA_PLUGIN_INPUT' }],
    [
      'what the service refuses',
      { latitude: 1, longitude: 1, api_key: 'hush' },
      { name: 'HttpStatusError', retryable: false, hint: 'No data is available for this location' },
    ],
    ['an answer of another form', { latitude: 2, longitude: 1 }, { name: 'HttpBodyError' }],
  ])('refuses %s', async (_what, input, error) => {
    const thrown: unknown = await testbed.step('current', { ...servers, ...input }).catch((reason: unknown) => reason);
    expect(thrown).toMatchObject(error);
    expect(JSON.stringify(thrown) + String(thrown)).not.toContain('hush');
  });
});

describe('weather.forecast', () => {
  it('tells the weather day by day', async () => {
    const { days } = await testbed.step('forecast', { ...servers, place: '10115', days: 2 });
    expect(days).toMatchObject([
      { date: '2026-05-04', sky: 'thunderstorm', temperature_max: 14.1, precipitation_probability_percent: 90 },
      { date: '2026-05-05', sky: 'cloudy', temperature_min: 8.4, precipitation_probability_percent: null },
    ]);
    expect(server.seen[1]?.query.get('forecast_days')).toBe('2');
  });
});

describe('weather.is', () => {
  it.each([
    [{ sky: ['rain'] }, true],
    [{ sky: ['wet'] }, true],
    [{ sky: ['dry', 'snow'] }, false],
    [{ temperature_over: 11 }, true],
    [{ temperature_over: 12 }, false],
    [{ temperature_under: 12, wind_over: 14 }, true],
    [{ temperature_under: 12, wind_over: 15 }, false],
    [{ precipitation_over: 0.3 }, true],
    [{ when: 'today', sky: ['rain'] }, true],
    [{ when: 'today', temperature_over: 14, temperature_under: 8 }, true],
    [{ when: 'tomorrow', sky: ['wet'] }, false],
    [{ when: 'tomorrow', sky: ['dry'], temperature_over: 19 }, true],
  ])('%j holds: %s', async (config, holds) => {
    expect(await testbed.condition('is', { ...servers, place: 'Berlin', ...config })).toBe(holds);
  });

  it('refuses to hold of nothing', async () => {
    await expect(testbed.condition('is', { ...servers, place: 'Berlin' })).rejects.toMatchObject({
      code: 'IA_PLUGIN_INPUT',
    });
  });
});
