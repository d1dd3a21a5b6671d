import { describe, expect, it } from 'vitest';
import type { PipelineDefinition, StepDefinition, TransitionDefinition } from '@ia-modules/engine';
import type { Outcome, ReferenceCase } from './reference-case.ts';
import type { Answer } from './answer.ts';
import { runReference } from './reference-run.ts';

const ok = (output: number, effort = 1): Outcome => ({ output, effort });
const bad = (effort = 1, retryable = false): Outcome => ({ error: { name: 'Error', retryable }, effort });

type Sketch = {
  /** Ids, or steps where they are more than a task. */
  readonly steps: readonly (string | (Partial<StepDefinition> & { readonly id: string }))[];
  /** `a->b`, or more of a transition. */
  readonly transitions?: readonly (string | readonly [string, Partial<TransitionDefinition>])[];
  readonly flow?: Partial<PipelineDefinition['flow']>;
  readonly script?: ReferenceCase['script'];
};

const toTransition = (sketch: string | readonly [string, Partial<TransitionDefinition>]): TransitionDefinition => {
  const [way, rest] = typeof sketch === 'string' ? [sketch, {}] : sketch;
  const [from = '', to = ''] = way.split('->');
  return { from, to, ...rest };
};

const run = ({ steps, transitions = [], flow, script = {} }: Sketch): Answer =>
  runReference({
    definition: {
      name: 'sketch',
      steps: steps.map((step) => ({ uses: 'test.task', ...(typeof step === 'string' ? { id: step } : step) })),
      flow: { ...flow, transitions: transitions.map(toTransition) },
    },
    script,
  });

/** `a:succeeded b:skipped`. */
const statuses = ({ steps }: Answer): string =>
  Object.entries(steps)
    .map(([id, { status }]) => `${id}:${status}`)
    .join(' ');

/** `a#1:succeeded a#2:skipped`, in order of ending. */
const endings = (answer: Answer): string =>
  Object.entries(answer.endings)
    .toSorted(([, a], [, b]) => a.at - b.at)
    .map(([key, { status }]) => `${key}:${status}`)
    .join(' ');

const outputIs = (id: string, ...values: number[]): Partial<TransitionDefinition> => ({
  condition: { type: 'expression', source: `steps.${id}.output`, operator: 'in', value: values },
});
const iterationBelow = (value: number): Partial<TransitionDefinition> => ({
  condition: { type: 'expression', source: 'iteration', operator: 'less_than', value },
});

describe('joins', () => {
  const diamond = ['a->b', 'a->c', 'b->d', 'c->d'] as const;

  it('waits for all that are not dead', () => {
    const transitions = ['a->b', ['a->c', outputIs('a', 2)], 'b->d', 'c->d'] as const;
    expect(statuses(run({ steps: ['a', 'b', 'c', 'd'], transitions, script: { a: [ok(1)] } }))).toBe(
      'a:succeeded b:succeeded c:skipped d:succeeded',
    );
  });

  it('begins at the first of any, and cancels the rest when told', () => {
    const script = { b: [ok(1, 1)], c: [ok(1, 9)] };
    const any = run({ steps: ['a', 'b', 'c', { id: 'd', join: 'any' }], transitions: diamond, script });
    expect(endings(any)).toBe('a#:succeeded b#:succeeded d#:succeeded c#:succeeded');
    const rest = run({
      steps: ['a', 'b', 'c', { id: 'd', join: 'any', cancel_rest: true }],
      transitions: diamond,
      script,
    });
    expect(statuses(rest)).toBe('a:succeeded b:succeeded c:canceled d:succeeded');
  });

  it('fails a join of at_least that can not be met any more, and skips one that is dead', () => {
    const steps = ['a', 'b', 'c', { id: 'd', join: { at_least: 2 }, on_error: 'continue' as const }];
    const unmet = run({
      steps,
      transitions: ['a->b', ['a->c', outputIs('a', 2)], 'b->d', 'c->d'],
      script: { a: [ok(1)] },
    });
    expect(unmet.endings['d#']).toMatchObject({ status: 'failed', error: 'IA_JOIN_UNMET' });
    const dead = run({
      steps,
      transitions: [['a->b', outputIs('a', 2)], ['a->c', outputIs('a', 2)], 'b->d', 'c->d'],
      script: { a: [ok(1)] },
    });
    expect(statuses(dead)).toBe('a:succeeded b:skipped c:skipped d:skipped');
  });
});

describe('errors', () => {
  it('ends the run at an error that nothing handles', () => {
    const answer = run({ steps: ['a', 'b', 'c'], transitions: ['a->c'], script: { a: [bad(1)], b: [ok(1, 9)] } });
    expect(answer).toMatchObject({ status: 'failed', error: 'IA_TASK_FAILED' });
    expect(statuses(answer)).toBe('a:failed b:canceled c:skipped');
  });

  it('asks retry, fallback, error transitions and on_error, in this order', () => {
    const retry = { max_attempts: 2, initial_delay: '1s', max_delay: '1s' };
    const script = { a: [bad(1, true), ok(5)] };
    const transitions = [['a->b', { on: 'error' as const }], 'a->c'] as const;
    const steps = (step: Partial<StepDefinition>) => [{ id: 'a', ...step }, 'b', 'c'];
    const fallback = 3;
    expect(run({ steps: steps({ retry }), transitions, script }).endings['a#']).toMatchObject({ output: 5 });
    expect(run({ steps: steps({ fallback }), transitions, script }).endings['a#']).toMatchObject({
      status: 'succeeded',
      output: 3,
      error: 'IA_TASK_FAILED',
    });
    expect(statuses(run({ steps: steps({ on_error: 'continue' }), transitions, script }))).toBe(
      'a:failed b:succeeded c:skipped',
    );
    const never = [['a->b', { on: 'error' as const, ...iterationBelow(0) }], 'a->c'] as const;
    expect(statuses(run({ steps: steps({ on_error: 'continue' }), transitions: never, script }))).toBe(
      'a:failed b:skipped c:succeeded',
    );
  });

  it('undoes what succeeded, the last first', () => {
    const compensate = { uses: 'test.undo' };
    const answer = run({
      steps: [{ id: 'a', compensate }, { id: 'b', compensate, for_each: { items: [1, 2] } }, 'c'],
      transitions: ['a->b', 'b->c'],
      flow: { on_failure: 'compensate' },
      script: { b: [ok(1, 5), ok(1, 1)], c: [bad()], 'a:compensate': [bad()] },
    });
    expect(answer.status).toBe('failed');
    expect(answer.compensations).toEqual(['b#/0 succeeded', 'b#/1 succeeded', 'a#/ failed']);
  });
});

describe('loops', () => {
  const loop = { max_iterations: 3 };

  it('runs its body until its transition is not taken or its bound is met', () => {
    const untilTwo = run({ steps: ['a', 'b'], transitions: ['a->b', ['b->a', { loop, ...iterationBelow(2) }]] });
    expect(endings(untilTwo)).toBe('a#1:succeeded b#1:succeeded a#2:succeeded b#2:succeeded');
    const self = run({ steps: ['a'], transitions: [['a->a', { loop }]] });
    expect(endings(self)).toBe('a#1:succeeded a#2:succeeded a#3:succeeded');
  });

  it('fails at the bound when told', () => {
    const answer = run({
      steps: ['a'],
      transitions: [['a->a', { loop: { max_iterations: 1, on_exhausted: 'fail' } }]],
    });
    expect(answer).toMatchObject({ status: 'failed', error: 'IA_LOOP_EXHAUSTED' });
  });

  it('leaves at once with a condition, and at the end without', () => {
    const answer = run({
      steps: ['a', 'early', 'late', 'never'],
      transitions: [['a->a', { loop }], ['a->early', outputIs('a', 1)], 'a->late', ['a->never', outputIs('a', 9)]],
      script: { a: [ok(1, 3), ok(2, 3)] },
    });
    expect(endings(answer)).toBe(
      'a#1:succeeded early#:succeeded a#2:succeeded a#3:succeeded never#:skipped late#:succeeded',
    );
  });

  it('starts inner loops over in each outer iteration', () => {
    const answer = run({
      steps: ['a', 'b', 'c'],
      transitions: [
        'a->b',
        ['b->b', { loop: { max_iterations: 2 } }],
        'b->c',
        ['c->a', { loop: { max_iterations: 2 } }],
      ],
    });
    expect(endings(answer)).toBe(
      'a#1:succeeded b#1.1:succeeded b#1.2:succeeded c#1:succeeded a#2:succeeded b#2.1:succeeded b#2.2:succeeded c#2:succeeded',
    );
  });

  it('counts what comes from outside in the iteration in which it comes', () => {
    const answer = run({
      steps: ['x', 'a', 'b'],
      transitions: [
        ['a->b', iterationBelow(2)],
        'x->b',
        ['a->a', { loop: { max_iterations: 2 }, ...iterationBelow(2) }],
        ['b->a', { loop: { max_iterations: 2 } }],
      ],
      script: { x: [ok(1, 5)] },
    });
    expect(endings(answer)).toBe('a#1:succeeded x#:succeeded b#1:succeeded a#2:succeeded b#2:skipped');
  });
});

describe('maps', () => {
  it('gives results in the order of items, whatever ends first', () => {
    const answer = run({
      steps: [{ id: 'a', for_each: { items: [7, 8, 9], max_parallel: 2 } }],
      script: { a: [ok(1, 5), ok(2), ok(3)] },
    });
    expect(answer.endings['a#']?.output).toEqual([1, 2, 3]);
  });

  it('fails with its first item, or collects', () => {
    const script = { a: [ok(1), bad()] };
    const items = [1, 2, 3];
    expect(run({ steps: [{ id: 'a', for_each: { items } }], script }).status).toBe('failed');
    const collected = run({ steps: [{ id: 'a', for_each: { items, on_item_error: 'collect' } }], script });
    expect(collected.endings['a#']?.output).toEqual([1, { error: 'IA_TASK_FAILED' }, 1]);
    expect(run({ steps: [{ id: 'a', for_each: { items: [] } }] }).endings['a#']?.output).toEqual([]);
  });

  it('maps the items of items', () => {
    const answer = run({
      steps: [
        {
          id: 'a',
          uses: 'core.noop',
          with: { at: '{{ index_path }}', is: '{{ item }}' },
          for_each: { items: [[1, 2], []], for_each: { items: '{{ item }}' } },
        },
      ],
    });
    expect(answer.endings['a#']?.output).toEqual([
      [
        { at: [0, 0], is: 1 },
        { at: [0, 1], is: 2 },
      ],
      [],
    ]);
  });
});

describe('time', () => {
  it('stops attempts, steps and runs that take too long', () => {
    const long = { script: { a: [ok(1, 50)] } };
    const step = (rest: Partial<StepDefinition>) => run({ ...long, steps: [{ id: 'a', ...rest }] });
    expect(step({ timeout: '1s' })).toMatchObject({ error: 'IA_TASK_TIMEOUT', endedAt: 1_000 });
    expect(step({ max_duration: '2s' })).toMatchObject({ error: 'IA_STEP_TIMEOUT', endedAt: 2_000 });
    const flow = { max_duration: '3s', on_budget: 'fail' as const };
    expect(run({ ...long, steps: ['a'], flow })).toMatchObject({ error: 'IA_RUN_TIMEOUT', endedAt: 3_000 });
    expect(run({ steps: [{ id: 'w', uses: 'core.wait', with: { duration: '1m' } }] }).endedAt).toBe(60_000);
  });

  it('lets as many in as the limit says', () => {
    const concurrency = { key: 'k' };
    const answer = run({
      steps: [
        { id: 'a', concurrency },
        { id: 'b', concurrency },
      ],
      script: { a: [ok(1, 9)], b: [ok(1, 1)] },
    });
    expect(endings(answer)).toBe('a#:succeeded b#:succeeded');
  });
});

describe('canceling', () => {
  it('cancels what a step names, whether it runs or has not begun', () => {
    const answer = run({
      steps: [{ id: 'a', cancels: ['b', 'd'] }, 'b', 'c', 'd'],
      transitions: ['b->c', 'c->d'],
      script: { a: [ok(1)], b: [ok(1, 5)] },
    });
    expect(statuses(answer)).toBe('a:succeeded b:canceled c:skipped d:canceled');
  });

  it('ends the run by core.end', () => {
    const answer = run({
      steps: ['a', 'b', 'c', { id: 'e', uses: 'core.end', with: { status: 'canceled' } }],
      transitions: ['a->e', 'b->c'],
      script: { b: [ok(1, 5)] },
    });
    expect(answer.status).toBe('canceled');
    expect(statuses(answer)).toBe('a:succeeded b:canceled c:skipped e:succeeded');
  });
});
