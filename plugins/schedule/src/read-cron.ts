import { refusedInput } from '@ia-modules/bounded-work';
import { Cron } from 'croner';
import { z } from 'zod';

export const cronText = z
  .string()
  .min(1)
  .max(200)
  .describe(
    'Five fields: minute, hour, day, month, day of the week, such as `0 9 * * 1-5`; or six, with seconds first.',
  );

export const timeZone = z
  .string()
  .min(1)
  .max(64)
  .default('UTC')
  .describe('A name of the IANA database, such as `Europe/Vienna`, on whose clocks the expression is read.');

export const timeValue = z.union([z.string().min(1).max(100), z.number()]);

/** @throws PluginError `IA_PLUGIN_INPUT` */
export const readCron = (cron: string, zone: string): Cron => {
  checkZone(zone);
  try {
    if (/^[^@\s]+(?:\s+\S+){4,5}$/.test(cron.trim())) return new Cron(cron.trim(), { timezone: zone, paused: true });
  } catch {
    // Falls through to the same answer as for another number of fields.
  }
  throw refusedInput(`"${cron.slice(0, 100)}" is no cron expression.`, 'Write five fields, such as 0 9 * * 1-5.');
};

const checkZone = (zone: string): void => {
  try {
    Intl.DateTimeFormat('en', { timeZone: zone });
  } catch {
    throw refusedInput(`There is no time zone "${zone}".`, 'Write a name of the IANA database, such as Europe/Vienna.');
  }
};

/** @throws PluginError `IA_PLUGIN_INPUT` */
export const readTime = (written: string | number): Date => {
  const hasOffset = typeof written === 'number' || /(?:Z|[+-]\d{2}:?\d{2})$/i.test(written) || !written.includes('T');
  const time = new Date(hasOffset ? written : `${written}Z`);
  if (!Number.isNaN(time.getTime())) return time;
  throw refusedInput(
    `"${String(written).slice(0, 60)}" is no time.`,
    'Write it in ISO 8601, such as 2026-12-24T18:00:00Z.',
  );
};
