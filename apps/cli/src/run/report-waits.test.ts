import type { MemoryWaiting } from '@ia-modules/engine';
import { describe, expect, it } from 'vitest';
import { describeWaits } from './report-waits.ts';

const wait = (change: Partial<MemoryWaiting>): MemoryWaiting => ({
  runId: 'r',
  stepId: 'a',
  iteration: null,
  index: null,
  reason: 'task',
  since: 0,
  until: null,
  detail: {},
  ...change,
});

describe('what a run waits for', () => {
  it('is named with the step and the end, in one line', () => {
    const waits = [
      wait({ stepId: 'ok', reason: 'approval', until: 0, detail: { assignees: ['ann', 'role:boss'] } }),
      wait({ stepId: 'any', iteration: '2', reason: 'approval', detail: { assignees: [] } }),
      wait({ stepId: 'paid', index: '1', reason: 'signal', detail: { signal: 'paid' } }),
      wait({ stepId: 'pay', reason: 'effect', detail: { attempt: 2, key: 'pay#/@2' } }),
    ];
    expect(describeWaits(waits)).toBe(
      "waiting: step 'ok' for the approval of ann, role:boss, until 1970-01-01T00:00:00.000Z; " +
        "step 'any#2' for an approval; step 'paid[1]' for the signal 'paid'; " +
        "step 'pay' for somebody to say what became of attempt 2",
    );
  });

  it('is not named when it comes by itself', () => {
    expect(describeWaits([wait({}), wait({ reason: 'timer', until: 5 }), wait({ reason: 'concurrency' })])).toBe('');
  });
});
