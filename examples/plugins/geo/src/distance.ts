export type Point = { readonly lat: number; readonly lon: number };

/** Of the IUGG, in kilometres. */
const MEAN_EARTH_RADIUS_KM = 6371.0088;

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** The length of the great circle between two points, in kilometres: exact to about half a percent, as the earth is no sphere. */
export const distanceKm = (from: Point, to: Point): number => {
  const [fromLat, toLat] = [radians(from.lat), radians(to.lat)];
  const haversine =
    Math.sin((toLat - fromLat) / 2) ** 2 +
    Math.cos(fromLat) * Math.cos(toLat) * Math.sin(radians(to.lon - from.lon) / 2) ** 2;
  return Number((2 * MEAN_EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(haversine)))).toFixed(3));
};
