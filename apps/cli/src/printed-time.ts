const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** `850ms`, `1.2s`, `3m 4s`, `2d 5h`: the two largest units. */
export const printedDuration = (durationMs: number): string => {
  if (durationMs < 1000) return `${Math.max(0, Math.round(durationMs))}ms`;
  if (durationMs < 60_000) return `${(Math.floor(durationMs / 100) / 10).toString()}s`;
  const largest = UNITS.findIndex(([, unitMs]) => durationMs >= unitMs);
  let restMs = durationMs;
  const parts = UNITS.slice(largest, largest + 2).map(([unit, unitMs]) => {
    const count = Math.floor(restMs / unitMs);
    restMs -= count * unitMs;
    return count === 0 ? '' : `${count}${unit}`;
  });
  return parts.filter((part) => part !== '').join(' ');
};

/** `3m ago` or `in 3m`. */
export const printedDistance = (instant: string, nowMs: number): string => {
  const distanceMs = Date.parse(instant) - nowMs;
  const [largest = ''] = printedDuration(Math.max(1000, Math.abs(distanceMs))).split(' ');
  const whole = largest.replace(/\.\d+/, '');
  return distanceMs > 0 ? `in ${whole}` : `${whole} ago`;
};
