/** Where something stands in a feed; what comes later stands higher. Of a run's log: `[seq, 0]`. */
export type Place = readonly [number, number];

export const AT_START: Place = [0, 0];

/** Below zero when the first stands before the second. */
export const comparePlaces = (a: Place, b: Place): number => (a[0] === b[0] ? a[1] - b[1] : a[0] - b[0]);

export const laterPlace = (a: Place, b: Place): Place => (comparePlaces(a, b) < 0 ? b : a);
