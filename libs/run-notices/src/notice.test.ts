import { expect, it } from 'vitest';
import { noticeOf } from './notice.ts';

const TASK = { runId: 'r1' };

it.each([
  [
    { type: 'run_succeeded', data: { outputs: { secret: 1 } } },
    { headline: 'Run r1 has succeeded', facts: [], tone: 'good' },
  ],
  [
    { type: 'step_failed', stepId: 'pay', data: { error: { name: 'NetworkError', message: 'gone', retryable: true } } },
    {
      headline: 'Step pay of run r1 has failed',
      facts: [
        ['error', 'NetworkError'],
        ['message', 'gone'],
      ],
      tone: 'bad',
    },
  ],
  [
    { type: 'budget_exceeded', data: { kind: 'cost', limit: 1, actual: 1.5 } },
    {
      headline: 'Run r1 is beyond its budget',
      facts: [
        ['kind', 'cost'],
        ['limit', '1'],
        ['actual', '1.5'],
      ],
      tone: 'bad',
    },
  ],
  [
    { type: 'run_canceled', data: { reason: null } },
    { headline: 'Run r1 was canceled', facts: [], tone: 'neutral' },
  ],
  [
    { type: 'step_something_new', stepId: 'a', data: [1] },
    { headline: 'Step a of run r1 something new', facts: [], tone: 'neutral' },
  ],
] as const)('puts %j into words', (event, notice) => {
  expect(noticeOf(event, TASK)).toEqual(notice);
});

it('cuts what is too long', () => {
  const event = { type: 'run_failed', data: { error: { message: 'x'.repeat(5_000) } } };
  expect(noticeOf(event, TASK).facts).toEqual([['message', 'x'.repeat(1_000)]]);
});
