import { defineStep } from '@ia-modules/plugin-sdk';
import cronstrue from 'cronstrue/i18n.js';
import { z } from 'zod';
import { cronText, readCron } from './read-cron.ts';

const LANGUAGES = [
  'en',
  'ar',
  'be',
  'bg',
  'ca',
  'cs',
  'da',
  'de',
  'es',
  'fi',
  'fr',
  'he',
  'hr',
  'hu',
  'id',
  'it',
  'ja',
  'ko',
  'nb',
  'nl',
  'pl',
  'pt_BR',
  'pt_PT',
  'ro',
  'ru',
  'sk',
  'sl',
  'sr',
  'sv',
  'th',
  'tr',
  'uk',
  'vi',
  'zh_CN',
  'zh_TW',
] as const;

/** What `require` gives has this function as well; its types know the class only. */
const descriptor = cronstrue as unknown as typeof cronstrue.default;

export const describe = defineStep({
  name: 'describe',
  title: 'Describe a schedule',
  description: 'Says in words when a cron expression matches.',
  input: z.strictObject({
    cron: cronText,
    language: z.enum(LANGUAGES).default('en').describe('Of the words: `en`, `de`, `fr`, `pt_BR` …'),
  }),
  output: z.object({ text: z.string().describe('The words: `At 09:00 AM, Monday through Friday`.') }),
  run: ({ cron, language }) => {
    readCron(cron, 'UTC');
    return { text: descriptor.toString(cron, { locale: language, use24HourTimeFormat: language !== 'en' }) };
  },
});
