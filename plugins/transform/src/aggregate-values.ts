import { type Pace, parsePath, readPath, refusedInput } from '@ia-modules/bounded-work';
import type { Json } from '@ia-modules/plugin-sdk';
import { identityOf } from './keys.ts';
import { kindOf } from './rows.ts';

export const AGGREGATES = [
  'count',
  'count_distinct',
  'sum',
  'avg',
  'min',
  'max',
  'percentile',
  'first',
  'last',
] as const;

export type Metric = {
  readonly function: (typeof AGGREGATES)[number];
  readonly field: string;
  readonly percentile: number;
};

/**
 * Computes one metric, letting others work in between.
 * @throws PluginError `IA_PLUGIN_INPUT` for a value that is no number where one is needed
 */
export const aggregateValues = async (items: readonly Json[], metric: Metric, pace: Pace): Promise<Json> => {
  const path = parsePath(metric.field);
  const values = items.map((item) => readPath(item, path) ?? null).filter((value) => value !== null);
  switch (metric.function) {
    case 'count':
      return values.length;
    case 'count_distinct':
      return await countDistinct(values, pace);
    case 'first':
      return values[0] ?? null;
    case 'last':
      return values.at(-1) ?? null;
    default:
      return ofNumbers(
        values.map((value) => toNumber(value, metric)),
        metric,
      );
  }
};

const countDistinct = async (values: readonly Json[], pace: Pace): Promise<number> => {
  const identities = new Set<string>();
  for (const value of values) {
    identities.add(identityOf([value]));
    if (pace.isDue()) await pace.rest();
  }
  return identities.size;
};

const ofNumbers = (numbers: readonly number[], { function: name, percentile }: Metric): number | null => {
  if (name === 'sum') return finite(sumOf(numbers));
  if (numbers.length === 0) return null;
  if (name === 'avg') return finite(sumOf(numbers) / numbers.length);
  if (name === 'min') return numbers.reduce((least, number) => Math.min(least, number));
  if (name === 'max') return numbers.reduce((most, number) => Math.max(most, number));
  return percentileOf(Float64Array.from(numbers).sort(), percentile);
};

const toNumber = (value: Json, { function: name, field }: Metric): number => {
  if (typeof value === 'number') return value;
  throw refusedInput(
    `${name} of "${field}" met ${kindOf(value)}, and works on numbers.`,
    'Convert it before, with transform.map.',
  );
};

/** Neumaier's summation: the errors of rounding do not add up. */
const sumOf = (numbers: readonly number[]): number => {
  let sum = 0;
  let lost = 0;
  for (const number of numbers) {
    const next = sum + number;
    lost += Math.abs(sum) >= Math.abs(number) ? sum - next + number : number - next + sum;
    sum = next;
  }
  return sum + lost;
};

const finite = (value: number): number => {
  if (Number.isFinite(value)) return value;
  throw refusedInput('The numbers are too large to be added up.');
};

const percentileOf = (sorted: Float64Array, percentile: number): number => {
  const place = (percentile / 100) * (sorted.length - 1);
  const [below = 0, above = 0] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return below + (above - below) * (place - Math.floor(place));
};
