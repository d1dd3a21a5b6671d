import { refusedInput } from '@ia-modules/bounded-work';
import { defineStep } from '@ia-modules/plugin-sdk';
import cronstrue from 'cronstrue/i18n.js';
import { z } from 'zod';
import { cronText, readCron } from './read-cron.ts';

export const describe = defineStep({
  name: 'describe',
  title: 'Describe a schedule',
  description: 'Says in words when a cron expression matches.',
  input: z.strictObject({
    cron: cronText,
    language: z
      .string()
      .regex(/^[a-z]{2}(?:_[A-Z]{2})?$/)
      .default('en')
      .describe('Of the words: `en`, `de`, `fr`, `pt_BR` …'),
  }),
  output: z.object({ text: z.string().describe('The words: `At 09:00 AM, Monday through Friday`.') }),
  run: ({ cron, language }) => {
    readCron(cron, 'UTC');
    if (!Object.hasOwn(cronstrue.default.locales, language)) {
      throw refusedInput(
        `Schedules can not be described in "${language}".`,
        `There are: ${Object.keys(cronstrue.default.locales).join(', ')}.`,
      );
    }
    return { text: cronstrue.default.toString(cron, { locale: language, use24HourTimeFormat: language !== 'en' }) };
  },
});
