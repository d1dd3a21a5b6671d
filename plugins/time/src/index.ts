import { definePlugin } from '@ia-modules/plugin-sdk';
import { after, before, businessHours, dayOfWeek, inRange, isHoliday } from './conditions.ts';
import { nextBusinessDay } from './next-business-day.ts';
import { add, difference, format, now } from './steps.ts';

/** Its steps and conditions are used as `time.<name>`. */
export const plugin = definePlugin({
  steps: [now, add, difference, format, nextBusinessDay],
  conditions: [businessHours, inRange, dayOfWeek, isHoliday, before, after],
});
