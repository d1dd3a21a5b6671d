import { expect, it } from 'vitest';
import { isDatabaseAway } from './database-away.ts';

const fromPrisma = (cause: object): Error =>
  Object.assign(new Error('P2039'), {
    code: 'P2039',
    meta: { driverAdapterError: { name: 'DriverAdapterError', cause } },
  });

it.each([
  fromPrisma({ kind: 'DatabaseNotReachable', host: '10.0.0.1' }),
  fromPrisma({ kind: 'postgres', code: '57P01' }),
  Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
  new Error('Connection terminated unexpectedly'),
  new Error('wrapped', { cause: Object.assign(new Error(), { code: '08006' }) }),
])('knows a database that does not answer: %s', (error) => {
  expect(isDatabaseAway(error)).toBe(true);
});

it.each([new TypeError('a defect'), fromPrisma({ kind: 'postgres', code: '23505' }), null, 'text'])(
  'leaves other errors alone: %s',
  (error) => {
    expect(isDatabaseAway(error)).toBe(false);
  },
);
