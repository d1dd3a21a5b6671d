import type { Json } from '@ia-modules/plugin-sdk';

/** What the Standard Webhooks specification recommends as a payload. */
export const envelope = (type: string, data: Json, now: number): Json => ({
  type,
  timestamp: new Date(now).toISOString(),
  data,
});
