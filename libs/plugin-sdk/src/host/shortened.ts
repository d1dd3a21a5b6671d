import type { Labels } from '../context.ts';

const MAX_CHARS = 200;

/** Gives labels with their texts cut to the length that traces and metrics keep. */
export const shortened = (labels: Labels): Labels =>
  Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [
      name,
      typeof value === 'string' ? value.slice(0, MAX_CHARS) : value,
    ]),
  );
