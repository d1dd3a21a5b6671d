import { CronPattern } from 'croner';
import { parseDuration } from '../definition/duration.ts';

const ISO_DURATION = /^P(?!$)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?$/;
const MAX_CRON_CHARS = 200;

const timeZones = new Map<string, boolean>();
const MAX_REMEMBERED_ZONES = 1_000;

/** Whether a cron expression can be read: five fields, or six with seconds first. */
export const isCron = (text: string): boolean => {
  if (text.length > MAX_CRON_CHARS) return false;
  try {
    return new CronPattern(text) instanceof CronPattern;
  } catch {
    return false;
  }
};

/** Whether there is such a time zone in the IANA database. */
export const isTimeZone = (text: string): boolean => {
  const known = timeZones.get(text);
  if (known !== undefined) return known;
  if (timeZones.size >= MAX_REMEMBERED_ZONES) timeZones.clear();
  const exists = canFormatIn(text);
  timeZones.set(text, exists);
  return exists;
};

const canFormatIn = (timeZone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

/** The formats of JSON Schema that mean something to pipelines, beside the standard ones. */
export const PIPELINE_FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  cron: isCron,
  timezone: isTimeZone,
  // As pipelines write them, or with years and months as the standard does.
  duration: (text) => parseDuration(text) !== undefined || (text.length <= 64 && ISO_DURATION.test(text)),
};

/** What to write where a text has not the format that is asked for. */
export const FORMAT_HINTS: ReadonlyMap<string, string> = new Map([
  ['cron', 'Write five fields such as "0 9 * * 1-5": minute, hour, day, month, day of the week.'],
  ['timezone', 'Write a name of the IANA database such as Europe/Vienna.'],
  ['duration', 'Write 200ms, 30s, 1h30m, or ISO 8601 such as PT5M or P2D.'],
  ['date-time', 'Write it in ISO 8601 with its offset: 2026-12-24T18:00:00Z.'],
]);
