const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SHORT = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const SHORT_PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const ISO = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** The longest duration that a pipeline may name: ten years. */
export const MAX_DURATION_MS = 3_650 * 86_400_000;

/** Reads `200ms`, `1h30m` or ISO 8601 without years and months (`P2D`, `PT1H`) as milliseconds; undefined when it is neither. */
export const parseDuration = (text: string): number | undefined => {
  const durationMs = text.length > 64 ? undefined : (parseShort(text) ?? parseIso(text));
  return durationMs === undefined || durationMs > MAX_DURATION_MS ? undefined : Math.round(durationMs);
};

const parseShort = (text: string): number | undefined => {
  if (!SHORT.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(SHORT_PART)) total += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0);
  return total;
};

const parseIso = (text: string): number | undefined => {
  const match = ISO.exec(text);
  if (!match || text === 'P' || text.endsWith('T')) return undefined;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return ((weeks * 7 + days) * 24 + hours) * 3_600_000 + minutes * 60_000 + seconds * 1_000;
};
