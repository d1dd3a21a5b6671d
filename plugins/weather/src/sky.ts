export const SKIES = ['clear', 'partly_cloudy', 'cloudy', 'fog', 'drizzle', 'rain', 'snow', 'thunderstorm'] as const;
export type Sky = (typeof SKIES)[number];

/** The first code of each range of WMO code table 4677, as Open-Meteo uses it. */
const FIRST_CODES: readonly (readonly [number, Sky])[] = [
  [95, 'thunderstorm'],
  [85, 'snow'],
  [80, 'rain'],
  [71, 'snow'],
  [61, 'rain'],
  [51, 'drizzle'],
  [45, 'fog'],
  [3, 'cloudy'],
  [1, 'partly_cloudy'],
];

export const skyOf = (weatherCode: number): Sky => FIRST_CODES.find(([first]) => weatherCode >= first)?.[1] ?? 'clear';
