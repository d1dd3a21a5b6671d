import { expect, it } from 'vitest';
import type { EventDraft, RunEvent } from './events.ts';
import { toRecordedSettlement } from './recorded-settlement.ts';

const event = (draft: EventDraft): RunEvent => ({ ...draft, runId: 'r', seq: 3, at: 0 });
const error = { name: 'E', code: 'IA_TASK_FAILED', message: 'm', retryable: false };

it.each<[EventDraft, object]>([
  [
    { type: 'task_started', stepId: 'a', attempt: 2, data: { worker: 'w' } },
    { kind: 'task_started', key: 'a#/@2', worker: 'w' },
  ],
  [
    { type: 'task_succeeded', stepId: 'a', attempt: 1, data: { output: 5 } },
    { kind: 'task_succeeded', key: 'a#/@1', output: 5 },
  ],
  [
    { type: 'task_failed', stepId: 'a', data: { error } },
    { kind: 'task_failed', key: 'a#/@1', error },
  ],
  [
    { type: 'task_unknown', stepId: 'a', index: '1', attempt: 2, part: 'compensate', data: {} },
    { kind: 'task_unknown', key: 'a#/1@2:compensate' },
  ],
  [
    { type: 'effect_decided', stepId: 'a', attempt: 2, data: { decision: 'confirm', output: 5, by: 'ann' } },
    { kind: 'effect_decided', key: 'a#/@2', decision: 'confirm', output: 5, by: 'ann' },
  ],
  [
    { type: 'timer_fired', stepId: 'a', attempt: 2, data: { purpose: 'retry' } },
    { kind: 'timer_fired', key: 'a#/@2:retry' },
  ],
  [
    { type: 'timer_fired', data: { purpose: 'timeout' } },
    { kind: 'timer_fired', key: 'run#/:timeout' },
  ],
  [
    { type: 'cancel_requested', data: { reason: 'r', by: null } },
    { kind: 'cancel_requested', reason: 'r', by: null },
  ],
])('reads back %j', (draft, settled) => {
  expect(toRecordedSettlement(event(draft))).toEqual(settled);
});

it('refuses an event that records none', () => {
  expect(() => toRecordedSettlement(event({ type: 'step_skipped', stepId: 'a', data: {} }))).toThrow(
    expect.objectContaining({ code: 'IA_RUNTIME_REPLAY' }),
  );
});
