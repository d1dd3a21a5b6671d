import { expect, test } from 'vitest';
import { summarize, summaryLine } from './test-summary.ts';

const file = (name: string, status: string, tests: readonly (readonly [string, string])[]) => ({
  name,
  status,
  message: '',
  assertionResults: tests.map(([fullName, testStatus]) => ({ fullName, status: testStatus })),
});

test('passed and failed tests are counted, skipped ones are named', () => {
  const summary = summarize({
    success: false,
    testResults: [
      file('a.test.ts', 'failed', [
        ['one', 'passed'],
        ['two', 'failed'],
        ['three', 'skipped'],
      ]),
    ],
  });
  expect(summary).toEqual({ passed: 1, failed: 1, skipped: ['a.test.ts: three'] });
  expect(summaryLine(summary)).toBe('1 passed, 1 failed, 1 skipped');
});

test('a file that could not run counts as a failure', () => {
  const summary = summarize({
    success: false,
    testResults: [file('broken.test.ts', 'failed', []), file('fine.test.ts', 'passed', [['one', 'passed']])],
  });
  expect(summaryLine(summary)).toBe('1 passed, 1 failed');
});
