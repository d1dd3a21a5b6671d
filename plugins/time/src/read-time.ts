// Whoever compiles this package from its sources gets the types as well.
/// <reference lib="esnext.temporal" />
import { refusedInput } from '@ia-modules/bounded-work';
import { z } from 'zod';

const MAX_ZONE_CHARS = 64;

export const timeZone = z
  .string()
  .min(1)
  .max(MAX_ZONE_CHARS)
  .default('UTC')
  .describe('A name of the IANA database, such as `Europe/Vienna`.');

export const timeValue = z.union([z.string().min(1).max(100), z.number()]);

/** @throws PluginError `IA_PLUGIN_INPUT` */
export const checkZone = (zone: string): string => {
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone).timeZoneId;
  } catch {
    throw refusedInput(`There is no time zone "${zone}".`, 'Write a name of the IANA database, such as Europe/Vienna.');
  }
};

/**
 * Reads a date or a time in ISO 8601, or milliseconds since 1970. Without an offset it is on the clocks of the time zone: a time that a
 * clock skips is taken as if it had not been put forward, one that it shows twice is the first.
 * @throws PluginError `IA_PLUGIN_INPUT`
 */
export const readTime = (written: string | number, zone: string): Temporal.ZonedDateTime => {
  const timeZoneId = checkZone(zone);
  try {
    if (typeof written === 'number')
      return Temporal.Instant.fromEpochMilliseconds(written).toZonedDateTimeISO(timeZoneId);
    const text = written.trim().replace(/^(\d{4}-\d{2}-\d{2}) (?=\d)/, '$1T');
    return /(?:Z|[+-]\d{2}:?\d{2}(?::?\d{2})?)(?:\[[^\]]*\])?$/i.test(text) && text.length > 10
      ? Temporal.Instant.from(text).toZonedDateTimeISO(timeZoneId)
      : Temporal.PlainDateTime.from(text).toZonedDateTime(timeZoneId, { disambiguation: 'compatible' });
  } catch {
    throw refusedInput(
      `"${String(written).slice(0, 60)}" is no time.`,
      'Write it in ISO 8601, such as 2026-12-24T18:00:00+01:00 or 2026-12-24.',
    );
  }
};

/** What is asked about: a time that the pipeline names, or now. */
export const timeOrNow = (
  written: string | number | undefined,
  zone: string,
  clock: { readonly now: () => number },
): Temporal.ZonedDateTime => readTime(written ?? clock.now(), zone);

/** ISO 8601 with an offset and without the zone’s name, which other systems do not know. */
export const isoOf = (time: Temporal.ZonedDateTime): string => time.toString({ timeZoneName: 'never' });
