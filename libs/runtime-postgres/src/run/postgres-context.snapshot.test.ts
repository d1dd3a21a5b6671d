import {
  compilePipeline,
  interpret,
  type Plan,
  projectRun,
  type RunEvent,
  type RunState,
  type TaskExecutor,
  validatePipeline,
} from '@ia-modules/engine';
import { expect, test } from 'vitest';
import { expandChunk, type StoredEvent } from '../log/event-log.ts';
import type { RunAppend } from '../log/group-committer.ts';
import { createContextOptions } from '../testing/context-fixtures.ts';
import { PostgresContext, type PostgresContextOptions } from './postgres-context.ts';
import { createStepTally } from '../metering/step-tally.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts';

const define = (value: object): Plan => {
  const { definition, diagnostics } = validatePipeline(value);
  if (definition === undefined) throw new TypeError(diagnostics.map((item) => item.message).join('; '));
  return compilePipeline(definition);
};

/** A loop around a map under a limit, retries, waits, hooks and compensations at the end. */
const PLAN = define({
  name: 'everything',
  steps: [
    {
      id: 'each',
      uses: 'test.echo',
      for_each: { items: [1, 2, 3], max_parallel: 2 },
      with: { n: '{{ item * iteration }}' },
      concurrency: { key: 'each', limit: 1 },
      compensate: { uses: 'test.echo', with: { undone: '{{ item }}' } },
    },
    { id: 'flaky', uses: 'test.flaky', retry: { max_attempts: 3, initial_delay: '1ms', jitter: false } },
    { id: 'nap', uses: 'core.wait', with: { duration: '1ms' } },
    { id: 'join', uses: 'core.noop', with: { all: '{{ steps.each.output }}' } },
    { id: 'broken', uses: 'test.broken' },
  ],
  flow: {
    transitions: [
      { from: 'each', to: 'flaky' },
      { from: 'each', to: 'nap' },
      { from: 'flaky', to: 'join' },
      { from: 'nap', to: 'join' },
      { from: 'join', to: 'each', loop: { max_iterations: 2 } },
      { from: 'join', to: 'broken' },
    ],
    on_failure: 'compensate',
  },
  hooks: [{ uses: 'test.hook', on: ['run_failed', 'step_succeeded'] }],
});

const createExecutor = (): TaskExecutor & { readonly calls: string[] } => {
  const calls: string[] = [];
  return {
    calls,
    execute: async ({ key, uses, attempt, input }, { emitStarted }) => {
      calls.push(key);
      await emitStarted({ worker: 'test' });
      if (uses === 'test.broken' || (uses === 'test.flaky' && attempt < 3)) throw new Error('broken on purpose');
      return input;
    },
  };
};

type From = Pick<PostgresContextOptions, 'snapshot' | 'stored'> & { readonly state?: RunState };

/** Goes on from a snapshot and the events behind it, and keeps a snapshot of each moment. */
const finish = async (before: readonly RunEvent[], { snapshot, stored, state }: From) => {
  const log = [...before];
  const snapshots: Uint8Array[] = [];
  const executor = createExecutor();
  const options = createContextOptions({
    stored,
    snapshot,
    executor,
    committer: {
      append: async ({ after, events }: RunAppend) => {
        expect(after).toBe(log.length);
        log.push(...expandChunk('run', after + 1, JSON.parse(JSON.stringify(events)) as StoredEvent[]));
      },
    },
  });
  options.sharing.slots.open();
  const context = new PostgresContext(options);
  const { state: tally } = createStepTally();
  const onState = (reached: RunState): void => {
    const bytes = context.isLive ? encodeSnapshot({ state: reached, context: context.snapshot(), tally }) : undefined;
    if (bytes !== undefined) snapshots.push(bytes);
  };
  await interpret({ plan: PLAN, context, parameters: {}, trigger: {}, pipeline: {}, from: state, onState });
  await context.flush();
  return { log, calls: executor.calls, snapshots };
};

const outcomeOf = (log: readonly RunEvent[]) => {
  const { status, error, compensations, steps } = projectRun(log);
  const ends = Object.values(steps).map(({ id, status: end, output, attempts, iterations }) => ({
    id,
    end,
    output,
    attempts,
    iterations,
  }));
  return { status, error, ends, undone: compensations.map(({ stepId, index }) => `${stepId}/${index}`).toSorted() };
};

const keyOf = ({ stepId = 'run', iteration = '', index = '', attempt, part }: RunEvent): string =>
  `${stepId}#${iteration}/${index}@${attempt}${part === undefined ? '' : `:${part}`}`;

test('a run goes on from a snapshot of any moment, and any number of events behind it, to the same end', async () => {
  const whole = await finish([], { snapshot: undefined, stored: [] });
  expect(projectRun(whole.log).status).toBe('failed');
  expect(whole.snapshots.length).toBeGreaterThan(30);

  for (const [position, bytes] of whole.snapshots.entries()) {
    const snapshot = decodeSnapshot(bytes);
    if (snapshot === undefined) throw new TypeError('The snapshot can not be read.');
    const { seq } = snapshot.context.position;
    const end = Math.min(whole.log.length - 1, seq + (position % 9));
    if (seq > end) continue;
    const before = whole.log.slice(0, end);
    const { log, calls } = await finish(before, {
      snapshot: snapshot.context,
      stored: before.slice(seq),
      state: snapshot.state,
    });
    expect(log.slice(0, end)).toEqual(before);
    expect(log.map((event) => event.seq)).toEqual(log.map((_, index) => index + 1));
    expect(outcomeOf(log)).toEqual(outcomeOf(whole.log));
    const isEnd = ({ type }: RunEvent): boolean => type === 'task_succeeded' || type === 'task_failed';
    const ended = new Set(before.filter(isEnd).map(keyOf));
    expect(calls.filter((key) => ended.has(key))).toEqual([]);
  }
});
