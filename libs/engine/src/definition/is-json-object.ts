import type { JsonObject } from '@ia-modules/plugin-sdk';

/** Takes what came as JSON: neither a list nor null. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
