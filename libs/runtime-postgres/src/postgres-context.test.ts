import {
  compilePipeline,
  interpret,
  type PipelineDefinition,
  type Plan,
  projectRun,
  type RunEvent,
  type TaskExecutor,
  validatePipeline,
} from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { expect, test } from 'vitest';
import type { RunAppend } from './group-committer.ts';
import { PostgresContext } from './postgres-context.ts';
import { createProcessSharing, createTermSharing } from './run-sharing.ts';

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

const SHARING = createTermSharing(createProcessSharing());

const createExecutor = (): TaskExecutor & { readonly calls: string[] } => {
  const calls: string[] = [];
  return {
    calls,
    execute: async ({ key, uses, attempt, input }, { emitStarted }) => {
      calls.push(key);
      emitStarted({ worker: 'test' });
      if (uses === 'test.broken' || (uses === 'test.flaky' && attempt < 3)) throw new Error('broken on purpose');
      return input;
    },
  };
};

type Attempt = { readonly context: PostgresContext; readonly log: RunEvent[]; readonly calls: readonly string[] };

/** A context whose committer keeps what it gets, as a database would. */
const createAttempt = (stored: readonly RunEvent[], executor = createExecutor()): Attempt => {
  const log = [...stored];
  const context = new PostgresContext({
    tenantId: 'tenant',
    pipelineId: 'pipeline',
    sharing: SHARING,
    runId: 'run',
    seed: 11,
    stored,
    executor,
    onAppended: () => undefined,
    committer: {
      append: async ({ events }: RunAppend) => {
        expect(events[0]?.seq).toBe(log.length + 1);
        log.push(...events.map((event) => JSON.parse(JSON.stringify(event)) as RunEvent));
      },
    },
  });
  return { context, log, calls: executor.calls };
};

const finish = async ({ context }: Attempt, plan = PLAN): Promise<void> => {
  await interpret({ plan, context, parameters: {}, trigger: {}, pipeline: {} });
  await context.flush();
};

const succeededTasks = (events: readonly RunEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'task_succeeded' ? `${event.stepId}#/@${event.attempt}` : []));

test('a run that is cut after any of its events goes on to the same end, and makes no finished attempt again', async () => {
  const whole = createAttempt([]);
  await finish(whole);
  const expected = projectRun(whole.log);
  expect(expected).toMatchObject({ status: 'succeeded', outputs: { n: 4 } });

  for (let length = 0; length < whole.log.length; length += 1) {
    const prefix = whole.log.slice(0, length);
    const resumed = createAttempt(prefix);
    await finish(resumed);

    expect(resumed.log.slice(0, length)).toEqual(prefix);
    expect(resumed.log.map((event) => event.seq)).toEqual(resumed.log.map((_, position) => position + 1));
    const view = projectRun(resumed.log);
    expect(view).toMatchObject({ status: 'succeeded', outputs: expected.outputs });
    for (const [id, step] of Object.entries(expected.steps)) {
      const { status, output, attempts } = step;
      expect(view.steps[id]).toMatchObject({ status, output, attempts });
    }
    const finished = new Set(succeededTasks(prefix));
    expect(resumed.calls.filter((key) => finished.has(key))).toEqual([]);
    const started = resumed.log.flatMap((event) =>
      event.type === 'task_started' ? `${event.stepId}@${event.attempt}` : [],
    );
    expect(new Set(started).size).toBe(started.length);
  }
});

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
  const committed: RunEvent[] = [];
  const context = new PostgresContext({
    tenantId: 'tenant',
    pipelineId: 'pipeline',
    sharing: SHARING,
    runId: 'run',
    seed: 1,
    stored: [],
    executor,
    onAppended: () => undefined,
    committer: {
      append: async ({ events }) => {
        committed.push(...events);
        await commit.promise;
      },
    },
  });
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
