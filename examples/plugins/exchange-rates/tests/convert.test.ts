import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { createTestPlatform } from '@ia-modules/plugin-sdk/testing';
import { plugin } from '../src/plugin.ts';

const packageJson: unknown = JSON.parse(await readFile('package.json', 'utf8'));
const INPUT = { amount: 12.5, from: 'EUR', to: 'USD' };

const convert = (status: number, body: unknown) => {
  const request = { method: 'GET', url: 'https://api.frankfurter.dev/v1/latest?base=EUR&symbols=USD' };
  const tape = [{ request, response: { status, headers: {}, body: JSON.stringify(body) } }];
  return createTestPlatform({ plugin, packageJson, http: { tape } }).attempt('convert', INPUT);
};

test('converts with the rate that it is told', async () => {
  const outcome = await convert(200, { amount: 1, base: 'EUR', date: '2026-11-20', rates: { USD: 1.1 } });
  assert.ok(outcome.ok);
  assert.deepEqual(outcome.output, { amount: 13.75, rate: 1.1, date: '2026-11-20' });
});

for (const [status, isRetryable] of [
  [404, false],
  [429, true],
  [503, true],
] as const) {
  test(`an answer of ${status} is ${isRetryable ? '' : 'not '}tried again`, async () => {
    const outcome = await convert(status, {});
    assert.equal(outcome.ok ? undefined : outcome.error.disposition, isRetryable ? 'retry' : 'terminal');
  });
}

test('takes no answer for a rate that is none', async () => {
  for (const answer of [null, [], { date: '2026-11-20', rates: {} }, { rates: { USD: '1' } }]) {
    const outcome = await convert(200, answer);
    assert.equal(outcome.ok ? undefined : outcome.error.name, 'RateError');
  }
});
