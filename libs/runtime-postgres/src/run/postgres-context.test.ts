import {
  compilePipeline,
  interpret,
  type JsonObject,
  type PipelineDefinition,
  type Plan,
  projectRun,
  type RunEvent,
  type TaskExecutor,
  type TaskRequest,
  validatePipeline,
} from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { expect, test } from 'vitest';
import { expandChunk, type StoredEvent } from '../log/event-log.ts';
import type { RunAppend } from '../log/group-committer.ts';
import { createContextOptions, createSharing } from '../testing/context-fixtures.ts';
import { PostgresContext } from './postgres-context.ts';
import type { RunSharing } from './run-sharing.ts';

const define = (value: object): Plan => {
  const { definition, diagnostics } = validatePipeline(value);
  if (definition === undefined) throw new TypeError(diagnostics.map((item) => item.message).join('; '));
  return compilePipeline(definition satisfies PipelineDefinition);
};

/** Branches, a retry, a wait, a fallback and a join: every kind of settlement but a cancel. */
const PLAN = define({
  name: 'mixed',
  steps: [
    { id: 'start', uses: 'test.echo', with: { n: 4 } },
    { id: 'flaky', uses: 'test.flaky', retry: { max_attempts: 3, initial_delay: '1ms', jitter: false } },
    { id: 'nap', uses: 'core.wait', with: { duration: '1ms' } },
    { id: 'broken', uses: 'test.broken', fallback: { rows: [] } },
    { id: 'unused', uses: 'core.noop' },
    { id: 'join', uses: 'core.noop', with: { n: '{{ steps.start.output.n }}' } },
  ],
  flow: {
    start_at: 'start',
    transitions: [
      { from: 'start', to: 'flaky' },
      { from: 'start', to: 'nap', condition: 'steps.start.output.n > 3' },
      { from: 'start', to: 'broken' },
      { from: 'start', to: 'unused', condition: 'steps.start.output.n > 9' },
      { from: 'flaky', to: 'join' },
      { from: 'nap', to: 'join' },
      { from: 'broken', to: 'join' },
      { from: 'unused', to: 'join' },
    ],
  },
  outputs: { n: '{{ steps.join.output.n }}' },
});

/** What the runs of a process share when none was going on before. */
const openSharing = (): RunSharing => {
  const sharing = createSharing();
  sharing.slots.open();
  return sharing;
};

/** A loop around a map with limits, stages and a cache, a router, hooks, and compensations at the end. */
const LANGUAGE_PLAN = define({
  name: 'language',
  steps: [
    {
      id: 'each',
      uses: 'test.echo',
      for_each: { items: [1, 2, 3], max_parallel: 2 },
      with: { n: '{{ item * iteration }}' },
      transform: [{ uses: 'test.value' }],
      validate: [{ uses: 'test.yes' }],
      concurrency: { key: 'each', limit: 1 },
      compensate: { uses: 'test.echo', with: { undone: '{{ item }}' } },
    },
    { id: 'known', uses: 'test.echo', with: { n: 1 }, cache: { key: 'always', ttl: '1h' } },
    { id: 'pick', uses: 'core.noop', router: 'adaptive', adaptive: { reward: '1' } },
    { id: 'left', uses: 'core.noop' },
    { id: 'right', uses: 'core.noop' },
    { id: 'again', uses: 'core.noop' },
    { id: 'broken', uses: 'test.broken' },
  ],
  flow: {
    transitions: [
      { from: 'each', to: 'known', condition: { type: 'plugin', plugin: 'test.yes' } },
      { from: 'known', to: 'pick' },
      { from: 'pick', to: 'left' },
      { from: 'pick', to: 'right' },
      { from: 'left', to: 'again' },
      { from: 'right', to: 'again' },
      { from: 'again', to: 'each', loop: { max_iterations: 2 } },
      { from: 'again', to: 'broken' },
    ],
    on_failure: 'compensate',
  },
  hooks: [{ uses: 'test.yes', on: ['run_failed', 'step_succeeded'] }],
});

const createExecutor = (): TaskExecutor & { readonly calls: string[] } => {
  const calls: string[] = [];
  return {
    calls,
    execute: async ({ key, uses, attempt, input }, { emitStarted }) => {
      calls.push(key);
      await emitStarted({ worker: 'test' });
      if (uses === 'test.yes') return true;
      if (uses === 'test.value') return (input as JsonObject)['value'] ?? null;
      if (uses === 'test.broken' || (uses === 'test.flaky' && attempt < 3)) throw new Error('broken on purpose');
      return input;
    },
  };
};

type Attempt = { readonly context: PostgresContext; readonly log: RunEvent[]; readonly calls: readonly string[] };

/** A context whose committer keeps what it gets, as a database would. */
const createAttempt = (
  stored: readonly RunEvent[],
  executor = createExecutor(),
  { runId = 'run', sharing = openSharing() }: { readonly runId?: string; readonly sharing?: RunSharing } = {},
): Attempt => {
  const log = [...stored];
  const committer = {
    append: async ({ after, events }: RunAppend) => {
      expect(after).toBe(log.length);
      log.push(...expandChunk(runId, after + 1, JSON.parse(JSON.stringify(events)) as StoredEvent[]));
    },
  };
  const context = new PostgresContext(createContextOptions({ sharing, runId, stored, executor, committer }));
  return { context, log, calls: executor.calls };
};

const finish = async ({ context }: Attempt, plan = PLAN): Promise<void> => {
  await interpret({ plan, context, parameters: {}, trigger: {}, pipeline: {} });
  await context.flush();
};

const keyOf = ({ stepId = 'run', iteration = '', index = '', attempt, part }: RunEvent): string =>
  `${stepId}#${iteration}/${index}@${attempt}${part === undefined ? '' : `:${part}`}`;

const endedTasks = (events: readonly RunEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'task_succeeded' || event.type === 'task_failed' ? keyOf(event) : []));

test.each([
  ['branches, retries and a join', PLAN, 'succeeded'],
  ['loops, maps, limits, stages, routers, hooks and compensations', LANGUAGE_PLAN, 'failed'],
] as const)(
  'a run with %s that is cut after any of its events goes on to the same end, and makes no finished attempt again',
  async (_what, plan, status) => {
    const whole = createAttempt([]);
    await finish(whole, plan);
    const expected = projectRun(whole.log);
    expect(expected.status).toBe(status);

    for (let length = 0; length < whole.log.length; length += 1) {
      const prefix = whole.log.slice(0, length);
      const resumed = createAttempt(prefix);
      await finish(resumed, plan);

      expect(resumed.log.slice(0, length)).toEqual(prefix);
      expect(resumed.log.map((event) => event.seq)).toEqual(resumed.log.map((_, position) => position + 1));
      expect(outcomeOf(resumed.log)).toEqual(outcomeOf(whole.log));
      const finished = new Set(endedTasks(prefix));
      expect(resumed.calls.filter((key) => finished.has(key))).toEqual([]);
      const started = resumed.log.flatMap((event) => (event.type === 'task_started' ? keyOf(event) : []));
      expect(new Set(started).size).toBe(started.length);
    }
  },
);

/** What a run came to; which way a router drew is left out. */
const outcomeOf = (log: readonly RunEvent[]) => {
  const { status, outputs, error, compensations, steps } = projectRun(log);
  const ends = Object.values(steps).flatMap(({ id, status: end, output, attempts, iterations }) =>
    id === 'left' || id === 'right' ? [] : [[id, { end, output, attempts, iterations }] as const],
  );
  const undone = compensations.map(
    ({ stepId, iteration, index, status: end }) => `${stepId}#${iteration}/${index} ${end}`,
  );
  return { status, outputs, error, ends: Object.fromEntries(ends), undone: undone.toSorted() };
};

test('a replayed run that takes another course fails at the first event that differs', async () => {
  const whole = createAttempt([]);
  await finish(whole);
  const changed = define({ name: 'changed', steps: [{ id: 'other', uses: 'test.echo' }] });
  await expect(finish(createAttempt(whole.log.slice(0, 4)), changed)).rejects.toMatchObject({
    code: 'IA_RUNTIME_REPLAY',
    message: expect.stringMatching(/at event 2 .* task_scheduled of step start, .* task_scheduled of step other/),
  });
});

test('no attempt starts before the events that schedule it are committed', async () => {
  const executor = createExecutor();
  const commit = Promise.withResolvers<void>();
  const committed: StoredEvent[] = [];
  const committer = {
    append: async ({ events }: RunAppend) => {
      committed.push(...events);
      await commit.promise;
    },
  };
  const context = new PostgresContext(createContextOptions({ stored: [], executor, committer }));
  const running = interpret({ plan: PLAN, context, parameters: {} });
  await expect.poll(() => committed.at(-1)?.type).toBe('task_scheduled');
  expect(executor.calls).toEqual([]);
  commit.resolve();
  await running;
  expect(executor.calls[0]).toContain('start');
});

test('a run that is given up unwinds, and its attempt is told to stop', async () => {
  const aborted = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const { context } = createAttempt([], {
    calls: [],
    execute: (_request, { signal }) => {
      started.resolve();
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted.resolve();
          reject(new Error('aborted'));
        });
      });
    },
  });
  const running = interpret({ plan: PLAN, context, parameters: {} });
  await started.promise;
  context.abandon(new PlatformError({ code: 'IA_RUNTIME_STOPPED', message: 'stop' }));
  await expect(running).rejects.toMatchObject({ code: 'IA_RUNTIME_STOPPED' });
  await aborted.promise;
});

const limited = (id: string) => ({ id, uses: 'test.hold', concurrency: { key: 'one' } });
const HOLDER_PLAN = define({ name: 'holder', steps: [limited('a')] });

/** Attempts end when they are let go. */
const createHoldingExecutor = () => {
  const calls: string[] = [];
  const released = Promise.withResolvers<void>();
  const execute = async ({ key }: TaskRequest): Promise<null> => {
    calls.push(key);
    await released.promise;
    return null;
  };
  return { calls, execute, release: released.resolve };
};

const typesOf = ({ log }: Attempt): string[] => log.map(({ type }) => type);

test('after a crash, a place under a limit belongs to the run that held it, whichever run comes back first', async () => {
  const before = openSharing();
  const holder = createAttempt([], createHoldingExecutor(), { runId: 'holder', sharing: before });
  const waiting = createAttempt([], createHoldingExecutor(), { runId: 'waiting', sharing: before });
  const crashed = [finish(holder, HOLDER_PLAN), finish(waiting, HOLDER_PLAN)].map((run) => run.catch(() => undefined));
  await expect.poll(() => holder.calls.length).toBe(1);
  await expect.poll(() => typesOf(waiting)).toContain('run_waiting');
  for (const { context } of [holder, waiting]) {
    context.abandon(new PlatformError({ code: 'IA_RUNTIME_STOPPED', message: 'stop' }));
  }
  await Promise.all(crashed);

  const after = createSharing();
  const holding = createHoldingExecutor();
  const waitingAgain = createAttempt(waiting.log, undefined, { runId: 'waiting', sharing: after });
  const waited = finish(waitingAgain, HOLDER_PLAN);
  const holderAgain = createAttempt(holder.log, holding, { runId: 'holder', sharing: after });
  const held = finish(holderAgain, HOLDER_PLAN);
  await expect.poll(() => holding.calls.length).toBe(1);
  after.slots.open();
  expect(waitingAgain.calls).toEqual([]);
  holding.release();
  await Promise.all([held, waited]);
  expect([typesOf(holderAgain).at(-1), typesOf(waitingAgain).at(-1)]).toEqual(['run_succeeded', 'run_succeeded']);
  expect(typesOf(holderAgain).filter((type) => type === 'slot_acquired')).toHaveLength(1);
});

test('an attempt that is out of time is told so, and what it has cost counts', async () => {
  const reason = Promise.withResolvers<unknown>();
  const plan = define({ name: 'slow', steps: [{ id: 'a', uses: 'test.slow', timeout: '5ms' }] });
  const attempt = createAttempt([], {
    calls: [],
    execute: (_request, { signal, addCost }) => {
      addCost(0.5);
      signal.addEventListener('abort', () => reason.resolve(signal.reason));
      return new Promise(() => undefined);
    },
  });
  await finish(attempt, plan);
  expect(await reason.promise).toMatchObject({ name: 'TimeoutError' });
  expect(projectRun(attempt.log)).toMatchObject({ status: 'failed', costUsd: 0.5, error: { code: 'IA_TASK_TIMEOUT' } });
});
