import { isDeepStrictEqual } from 'node:util';
import { defineCondition, type Json, PluginError } from '@ia-modules/plugin-sdk';
import { connectionFields } from '@ia-modules/plugin-sql';
import { z } from 'zod';
import { statementFields } from './database-fields.ts';
import { databases } from './databases.ts';
import { writeStatement } from './write-statement.ts';

const OPERATORS = [
  'equals',
  'not_equals',
  'greater_than',
  'greater_or_equal',
  'less_than',
  'less_or_equal',
  'in',
  'exists',
  'not_exists',
] as const;
const MAX_VALUE_BYTES = 64 * 1024;

export const databaseValue = defineCondition({
  name: 'value',
  title: 'A value of a database',
  description: 'Holds when the first column of the first row compares as asked. Without a row, the value is null.',
  config: z.strictObject({
    ...connectionFields,
    ...statementFields,
    operator: z
      .enum(OPERATORS)
      .describe('How the value compares with `value`; for `in`, that is a list. Null does not exist.'),
    value: z.custom<Json>().optional().describe('What it is compared with.'),
  }),
  evaluate: async ({ config }, ctx) => {
    const found = await databases.run(ctx, { ...config, isReadOnly: true }, async (session) => {
      const bounds = { maxRows: 1, maxBytes: MAX_VALUE_BYTES };
      const { rows, columns } = await session.execute(writeStatement(session, config), bounds);
      return rows[0]?.[columns[0] ?? ''] ?? null;
    });
    return compare(found, config.operator, config.value ?? null);
  },
});

type Operator = (typeof OPERATORS)[number];

const compare = (found: Json, operator: Operator, value: Json): boolean => {
  if (operator === 'not_exists') return found === null;
  if (operator === 'exists') return found !== null;
  if (operator === 'in') return Array.isArray(value) && value.some((item) => isEqual(found, item));
  if (operator === 'equals' || operator === 'not_equals') return isEqual(found, value) === (operator === 'equals');
  if (found === null) return false;
  const order = orderOf(found, value);
  if (operator === 'greater_than') return order > 0;
  if (operator === 'greater_or_equal') return order >= 0;
  return operator === 'less_than' ? order < 0 : order <= 0;
};

/** Exact numbers come as text, so `"10"` and `10` are one value. */
const isEqual = (found: Json, value: Json): boolean => {
  const [left, right] = [numberOf(found), numberOf(value)];
  const isMixed = typeof found !== typeof value;
  return isMixed && left !== undefined && right !== undefined ? left === right : isDeepStrictEqual(found, value);
};

const orderOf = (found: Json, value: Json): number => {
  const [left, right] = [numberOf(found), numberOf(value)];
  if (left !== undefined && right !== undefined) return left - right;
  if (typeof found === 'string' && typeof value === 'string') return found < value ? -1 : found > value ? 1 : 0;
  throw new PluginError({
    name: 'ValidationError',
    message: `A ${typeof found} of the database can not be ordered against a ${typeof value}.`,
  });
};

const numberOf = (value: Json): number | undefined => {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^-?\d+(\.\d+)?$/.test(value)) return undefined;
  return Number(value);
};
