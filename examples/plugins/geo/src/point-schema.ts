const COORDINATES = {
  lat: { type: 'number', minimum: -90, maximum: 90, description: 'Degrees north of the equator.' },
  lon: { type: 'number', minimum: -180, maximum: 180, description: 'Degrees east of Greenwich.' },
} as const;

/** A place on the globe. */
export const point = <const Description extends string>(description: Description) =>
  ({ type: 'object', properties: COORDINATES, required: ['lat', 'lon'], description }) as const;

/** One that may have a name. */
export const NAMED_POINT = {
  type: 'object',
  properties: { ...COORDINATES, name: { type: 'string', description: 'What it is called.' } },
  required: ['lat', 'lon'],
} as const;
