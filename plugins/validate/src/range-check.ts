import { refusedInput } from '@ia-modules/bounded-work';
import type { Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { defineCheck, type Finding, kindOf, pathField, placesIn } from './check.ts';
import { readTime } from './read-time.ts';

const bound = z.union([z.number(), z.string().max(64)]);

const config = z.strictObject({
  path: pathField,
  of: z
    .enum(['number', 'date', 'length'])
    .default('number')
    .describe(
      'What is compared: numbers, dates and times in ISO 8601 (in UTC without an offset), or how long a text or a list is.',
    ),
  min: bound.optional().describe('The least that passes: a number, or with `of: date` a date.'),
  max: bound.optional().describe('The most that passes.'),
  exclusive: z.boolean().default(false).describe('`min` and `max` themselves do not pass.'),
});
type RangeConfig = z.output<typeof config>;

export const rangeCheck = defineCheck({
  name: 'range',
  title: 'Range',
  description: 'Checks that numbers, dates or lengths lie between two bounds.',
  config,
  find: function* (value, settings): Generator<Finding> {
    const measure = MEASURES[settings.of];
    const [min, max] = [readBound(settings, 'min'), readBound(settings, 'max')];
    if (min === undefined && max === undefined) throw refusedInput('A range needs min, max or both.');
    for (const place of placesIn(value, settings.path)) {
      yield undefined;
      const measured = measure(place.value);
      const message =
        measured === undefined
          ? `is ${kindOf(place.value)} that is no ${settings.of}`
          : outside(measured, { min, max, settings });
      if (message !== undefined) yield { path: place.path, message };
    }
  },
});

const MEASURES: Readonly<Record<RangeConfig['of'], (value: Json) => number | undefined>> = {
  number: (value) => (typeof value === 'number' ? value : undefined),
  date: (value) => (typeof value === 'string' ? readTime(value) : undefined),
  length: (value) => {
    if (typeof value === 'string') return Array.from(value).length;
    return Array.isArray(value) ? value.length : undefined;
  },
};

const readBound = (settings: RangeConfig, name: 'min' | 'max'): number | undefined => {
  const { of, [name]: written } = settings;
  if (written === undefined) return undefined;
  const read = of === 'date' ? MEASURES.date(written) : MEASURES.number(written);
  if (read === undefined) throw refusedInput(`${name} is no ${of === 'date' ? 'date in ISO 8601' : 'number'}.`);
  return read;
};

type Bounds = { readonly min: number | undefined; readonly max: number | undefined; readonly settings: RangeConfig };

const outside = (measured: number, { min, max, settings }: Bounds): string | undefined => {
  const { exclusive, of } = settings;
  const what = of === 'length' ? 'has a length that' : 'is a value that';
  if (min !== undefined && (exclusive ? measured <= min : measured < min)) {
    return `${what} lies below ${settings.min}${exclusive ? ', or is it' : ''}`;
  }
  if (max !== undefined && (exclusive ? measured >= max : measured > max)) {
    return `${what} lies above ${settings.max}${exclusive ? ', or is it' : ''}`;
  }
  return undefined;
};
