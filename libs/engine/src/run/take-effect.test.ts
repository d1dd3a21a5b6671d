import type { JsonObject } from '@ia-modules/plugin-sdk';
import { expect, it } from 'vitest';
import type { Settled } from '../ports/durable-context.ts';
import { replayLog } from '../testing/replay-log.ts';
import { validatePipeline } from '../validation/validate-pipeline.ts';
import { checkCommand } from './check-command.ts';
import { compilePipeline } from './compile-pipeline.ts';
import { decide } from './decide.ts';
import type { EventDraft, RunEvent } from './events.ts';
import { createRunState } from './state.ts';
import type { Stimulus } from './take-stimulus.ts';
import { explainWaits } from './waiting.ts';

const SEED = 7;

/** A run that is told one thing after the other, a second apart, as a durable context would. */
const tell = async (pipeline: JsonObject, settlements: readonly Settled[]) => {
  const { definition, diagnostics } = validatePipeline({ name: 'test', ...pipeline });
  if (definition === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const plan = compilePipeline(definition);
  const state = createRunState(plan);
  const log: RunEvent[] = [];
  const sent: { readonly key: string; readonly idempotencyKey: string; readonly input: unknown }[] = [];
  const stimuli: Stimulus[] = [{ kind: 'started', parameters: {}, trigger: {}, pipeline: {} }, ...settlements];
  for (const [second, stimulus] of stimuli.entries()) {
    const at = second * 1_000;
    const { events, effects } = decide(plan, state, { stimulus, facts: { runId: 'r1', seed: SEED, now: at } });
    for (const event of events) log.push({ ...event, runId: 'r1', seq: log.length + 1, at });
    for (const effect of effects) if (effect.kind === 'task') sent.push(effect.request);
  }
  const drafts: EventDraft[] = log.map(({ runId: _runId, seq: _seq, at: _at, ...draft }) => draft);
  expect(await replayLog(plan, log, SEED)).toEqual(drafts);
  return { plan, state, log, sent, labels: log.map(labelOf) };
};

const labelOf = ({ type, attempt, part }: RunEvent): string =>
  `${type}${attempt === undefined ? '' : `@${attempt}`}${part === undefined ? '' : `:${part}`}`;

const started = (key: string): Settled => ({ kind: 'task_started', key });
const lost = (key: string): Settled => ({ kind: 'task_unknown', key });
const failed = (key: string): Settled => ({
  kind: 'task_failed',
  key,
  error: { name: 'Error', code: 'IA_TASK_FAILED', message: 'down', retryable: true },
});
const succeeded = (key: string, output: string | boolean): Settled => ({ kind: 'task_succeeded', key, output });
const decided = (key: string, decision: 'repeat' | 'confirm' | 'fail'): Settled => ({
  kind: 'effect_decided',
  key,
  decision,
  by: 'ann',
});
const pay = { id: 'pay', uses: 'test.pay', with: { amount: 3 }, timeout: '1m' };
const retry = { max_attempts: 2, initial_delay: '1s', jitter: false };

it('makes what a lost worker had begun again under the same key, and does not count it', async () => {
  const { labels, sent } = await tell({ steps: [{ ...pay, retry }] }, [
    started('pay#/@1'),
    lost('pay#/@1'),
    lost('pay#/@2'),
    failed('pay#/@3'),
    { kind: 'timer_fired', key: 'pay#/@4:retry' },
    failed('pay#/@4'),
  ]);
  expect(sent.map(({ key, idempotencyKey, input }) => [key, idempotencyKey, input])).toEqual(
    [1, 2, 3, 4].map((attempt) => [`pay#/@${attempt}`, 'r1/pay//', { amount: 3 }]),
  );
  expect(labels.slice(-3)).toEqual(['task_failed@4', 'step_failed', 'run_failed']);
});

it('counts neither the attempt that a person has made again, when its worker was lost', async () => {
  const { labels, state } = await tell({ steps: [{ ...pay, on_unknown: 'ask', retry }] }, [
    started('pay#/@1'),
    lost('pay#/@1'),
    decided('pay', 'repeat'),
    failed('pay#/@2'),
  ]);
  expect(labels.slice(-4)).toEqual(['task_failed@2', 'task_retry_scheduled@3', 'timer_set@3', 'run_waiting']);
  expect(state.status).toBe('waiting');
});

it('repeats only the part that was lost: what was done before it stays done', async () => {
  const { labels } = await tell(
    { steps: [{ ...pay, on_unknown: 'ask', transform: [{ uses: 'test.shape' }], validate: [{ uses: 'test.check' }] }] },
    [
      succeeded('pay#/@1', 'paid'),
      lost('pay#/@1:transform/0'),
      succeeded('pay#/@2:transform/0', 'shaped'),
      lost('pay#/@2:validate/0'),
      succeeded('pay#/@3:validate/0', true),
    ],
  );
  expect(labels.filter((label) => label.startsWith('task_scheduled'))).toEqual([
    'task_scheduled@1',
    'task_scheduled@1:transform/0',
    'task_scheduled@2:transform/0',
    'task_scheduled@2:validate/0',
    'task_scheduled@3:validate/0',
  ]);
  expect(labels.slice(-2)).toEqual(['step_succeeded', 'run_succeeded']);
});

it('asks a condition again that was lost', async () => {
  const { labels, state } = await tell(
    {
      steps: [pay, { id: 'next', uses: 'core.noop' }],
      flow: { transitions: [{ from: 'pay', to: 'next', condition: { type: 'plugin', plugin: 'test.holds' } }] },
    },
    [succeeded('pay#/@1', 'paid'), lost('pay#/@1:condition/0'), succeeded('pay#/@2:condition/0', true)],
  );
  expect(labels.at(-1)).toBe('run_succeeded');
  expect([...state.attempts]).toEqual([1, 0]);
});

it('lets a run end whose hook was lost', async () => {
  const { labels } = await tell(
    { steps: [{ id: 'a', uses: 'core.noop' }], hooks: [{ uses: 'test.hook', on: ['run_succeeded'] }] },
    [lost('run#/@1:hook/0/end')],
  );
  expect(labels.slice(-2)).toEqual(['task_unknown@1:hook/0/end', 'run_succeeded']);
});

it.each<['repeat' | 'ask' | 'fail', string[]]>([
  ['repeat', ['task_unknown@1:compensate', 'task_scheduled@2:compensate']],
  ['ask', ['task_unknown@1:compensate', 'run_waiting']],
  ['fail', ['task_unknown@1:compensate', 'compensation_failed', 'run_failed']],
])('treats a lost compensation as on_unknown: %s says', async (onUnknown, expected) => {
  const { labels } = await tell(
    {
      steps: [
        { ...pay, on_unknown: onUnknown, compensate: { uses: 'test.undo' } },
        { id: 'b', uses: 'core.fail' },
      ],
      flow: { transitions: [{ from: 'pay', to: 'b' }], on_failure: 'compensate' },
    },
    [succeeded('pay#/@1', 'paid'), started('pay#/@1:compensate'), lost('pay#/@1:compensate')],
  );
  expect(labels.slice(-expected.length)).toEqual(expected);
});

it.each<['repeat' | 'confirm' | 'fail', string[]]>([
  ['repeat', ['effect_decided@1:compensate', 'run_resumed', 'task_scheduled@2:compensate']],
  ['confirm', ['effect_decided@1:compensate', 'run_resumed', 'compensation_succeeded', 'run_failed']],
  ['fail', ['effect_decided@1:compensate', 'run_resumed', 'compensation_failed', 'run_failed']],
])('takes that a person says %s of a compensation', async (decision, expected) => {
  const { labels } = await tell(
    {
      steps: [
        { ...pay, on_unknown: 'ask', compensate: { uses: 'test.undo' } },
        { id: 'b', uses: 'core.fail' },
      ],
      flow: { transitions: [{ from: 'pay', to: 'b' }], on_failure: 'compensate' },
    },
    [succeeded('pay#/@1', 'paid'), lost('pay#/@1:compensate'), decided('pay#/@1:compensate', decision)],
  );
  expect(labels.slice(-expected.length)).toEqual(expected);
});

it('makes nothing again that would cost more than the budget', async () => {
  const { labels, plan, state } = await tell(
    { steps: [{ ...pay, on_unknown: 'ask' }], flow: { max_cost_usd: 1, on_budget: 'pause' } },
    [
      { kind: 'task_unknown', key: 'pay#/@1', costUsd: 2 },
      decided('pay', 'repeat'),
      { kind: 'budget_raised', maxCostUsd: 5, by: 'ann' },
    ],
  );
  expect(labels.slice(-4)).toEqual(['effect_decided@1', 'budget_raised', 'run_resumed', 'task_scheduled@2']);
  expect(explainWaits(plan, state)).toMatchObject([{ reason: 'task', detail: { attempt: 2 } }]);
});

it('takes a decision once, and refuses one about what nobody asked', async () => {
  const { plan, state, labels } = await tell({ steps: [{ ...pay, on_unknown: 'ask', for_each: { items: [1, 2] } }] }, [
    lost('pay#/0@1'),
    lost('pay#/1@1'),
    decided('pay', 'confirm'),
    decided('pay#/0', 'confirm'),
    decided('pay#/0', 'fail'),
  ]);
  expect(labels.filter((label) => label.startsWith('effect_decided'))).toHaveLength(1);
  const problemOf = (key: string): string | undefined =>
    checkCommand(plan, state, { kind: 'effect_decided', key, decision: 'fail', by: null })?.message;
  expect(problemOf('pay#/0@1')).toBe("Nobody is asked about 'pay#/0@1'.");
  expect(problemOf('pay#/1@1')).toBeUndefined();
  expect(problemOf('pay')).toBeUndefined();
  expect(explainWaits(plan, state)).toEqual([
    {
      stepId: 'pay',
      iteration: null,
      index: '1',
      reason: 'effect',
      since: 2_000,
      until: null,
      detail: { attempt: 1, key: 'pay#/1@1' },
    },
  ]);
});
