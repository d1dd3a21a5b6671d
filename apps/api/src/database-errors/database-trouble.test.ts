import { expect, it } from 'vitest';
import { databaseTroubleOf } from './database-trouble.ts';

const fromPrisma = (cause: object): Error =>
  Object.assign(new Error('P2039'), {
    code: 'P2039',
    meta: { driverAdapterError: { name: 'DriverAdapterError', cause } },
  });

it('knows a full disk, whoever asked the database', () => {
  for (const error of [
    fromPrisma({ kind: 'postgres', code: '53100' }),
    Object.assign(new Error(), { code: '53100' }),
  ]) {
    expect(databaseTroubleOf(error)).toMatchObject({ code: 'IA_DATABASE_FULL', disposition: 'retry' });
  }
});

it.each([
  fromPrisma({ kind: 'DatabaseNotReachable', host: '10.0.0.1' }),
  fromPrisma({ kind: 'postgres', code: '57P01' }),
  Object.assign(new Error('connect ECONNREFUSED 10.0.0.1'), { code: 'ECONNREFUSED' }),
])('knows a database that does not answer, and does not tell where it is', (error) => {
  const trouble = databaseTroubleOf(error);
  expect(trouble).toMatchObject({ code: 'IA_DATABASE_UNAVAILABLE', disposition: 'retry' });
  expect(`${trouble?.message} ${trouble?.hint}`).not.toContain('10.0.0.1');
});

it.each([new TypeError('a defect'), fromPrisma({ kind: 'postgres', code: '23505' }), null, 'text'])(
  'leaves other errors alone',
  (error) => {
    expect(databaseTroubleOf(error)).toBeUndefined();
  },
);
