import { compilePipeline, interpret, type RunEvent, type TaskExecutor, validatePipeline } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { expect, test } from 'vitest';
import { expandChunk } from '../log/event-log.ts';
import type { RunAppend } from '../log/group-committer.ts';
import type { PluginUse } from '../log/plugin-uses.ts';
import { createContextOptions } from '../testing/context-fixtures.ts';
import { PostgresContext } from './postgres-context.ts';

const PLUGIN = { name: '@community/shouting', version: '1.0.0', integrity: `sha512-${'A'.repeat(86)}==` };

const stepsOf = (onUnknown: string) =>
  ['first', 'second', 'third'].map((id) => ({ id, uses: 'test.shout', on_unknown: onUnknown }));

const planOf = (onUnknown = 'repeat') => {
  const steps = stepsOf(onUnknown);
  const transitions = [
    { from: 'first', to: 'second' },
    { from: 'second', to: 'third' },
  ];
  const { definition, diagnostics } = validatePipeline({ name: 'shouts', steps, flow: { transitions } });
  if (definition === undefined) throw new TypeError(diagnostics.map(({ message }) => message).join('; '));
  return compilePipeline(definition);
};

type Given = {
  readonly stored?: readonly RunEvent[];
  readonly isNamed?: boolean;
  readonly recordUse?: (use: PluginUse) => Promise<void>;
};

/** A run of plugin steps, with what it does in the order in which it does it. */
const open = ({ stored = [], isNamed = true, recordUse = () => Promise.resolve() }: Given = {}) => {
  const log = [...stored];
  const done: string[] = [];
  let commits = 0;
  const committer = {
    append: async ({ after, events }: RunAppend) => {
      commits += 1;
      log.push(...expandChunk('run', after + 1, structuredClone(events)));
    },
  };
  const executor: TaskExecutor = {
    execute: async ({ stepId }, { emitStarted }) => {
      await emitStarted({ worker: 'test', ...(isNamed ? { plugin: PLUGIN } : {}) });
      done.push(`ran ${stepId}`);
      return null;
    },
  };
  const record = async (use: PluginUse): Promise<void> => {
    done.push('asked');
    await recordUse(use);
    done.push('recorded');
  };
  const context = new PostgresContext(createContextOptions({ stored, executor, committer, recordUse: record }));
  return { context, log, done, commits: () => commits };
};

/** What a run that runs nothing any more has no need of counts as done. */
const beforeFirstRan = (done: readonly string[]): readonly string[] => {
  const first = done.findIndex((what) => what.startsWith('ran'));
  return first === -1 ? ['asked', 'recorded'] : done.slice(0, first);
};

const finish = async ({ context }: ReturnType<typeof open>, plan = planOf()): Promise<void> => {
  await interpret({ plan, context, parameters: {}, trigger: {}, pipeline: {} });
  await context.flush();
};

test('a run commits as often with plugins as without, and records a version once, before its code runs', async () => {
  const [plain, named] = [open({ isNamed: false }), open()];
  await finish(plain);
  await finish(named);
  expect(named.commits()).toBe(plain.commits());
  expect(named.done).toEqual(['asked', 'recorded', 'ran first', 'ran second', 'ran third']);
});

test.each(['repeat', 'fail'])(
  'a run that was cut off anywhere has its use recorded again before code runs (%s)',
  async (onUnknown) => {
    const whole = open();
    await finish(whole, planOf(onUnknown));
    for (let length = 0; length < whole.log.length; length += 1) {
      const resumed = open({ stored: whole.log.slice(0, length) });
      await finish(resumed, planOf(onUnknown));
      expect(beforeFirstRan(resumed.done)).toEqual(['asked', 'recorded']);
    }
  },
);

test('a run that is given up while its use is recorded runs nothing', async () => {
  const recorded = Promise.withResolvers<void>();
  const run = open({ recordUse: () => recorded.promise });
  const running = finish(run);
  await expect.poll(() => run.done).toEqual(['asked']);
  run.context.abandon(new PlatformError({ code: 'IA_RUNTIME_STOPPED', message: 'stop' }));
  await expect(running).rejects.toMatchObject({ code: 'IA_RUNTIME_STOPPED' });
  recorded.resolve();
  await expect.poll(() => run.done).toEqual(['asked', 'recorded']);
  expect(run.log.some(({ type }) => type === 'task_started')).toBe(false);
});
