import { type Json, listEffects } from '@ia-modules/engine';
import { listConnection } from '../../page.ts';
import { evaluateAt, inspectAt } from '../../runs/inspect.ts';
import { loadHistory } from '../../runs/run-history.ts';
import { explainRun } from '../../runs/run-waits.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { EffectStateEnum, RunStatusEnum, RunWaitKindEnum } from '../enums.ts';
import {
  InspectedStepRef,
  PluginReferenceRef,
  RunEffectRef,
  RunErrorRef,
  RunInspectionRef,
  RunRef,
  RunWaitRef,
} from '../refs.ts';

/** Reading a whole log, folding it and looking at every step costs more than reading a column. */
const FOLD_COST = 10;

const MAX_WAITS = 100;

const dateOrNull = (at: number | null): Date | null => (at === null ? null : new Date(at));

builder.objectFields(RunRef, (t) => ({
  waiting: t.field({
    type: [RunWaitRef],
    description: `What it waits for, what holds it as a whole first; at most ${MAX_WAITS}. Empty once it has ended.`,
    complexity: { field: FOLD_COST, multiplier: 1 },
    resolve: async (run, _args, context) => (await explainRun(run, context)).slice(0, MAX_WAITS),
  }),
  effects: t.connection({
    type: RunEffectRef,
    nullable: true,
    description:
      'What it did outside, in the order of planning: each effect once, with its last attempt. Null, with an error, where its log is gone.',
    args: { states: t.arg({ type: [EffectStateEnum], required: false }) },
    complexity: connectionCost,
    resolve: async (run, args, context) => {
      const { events } = await loadHistory(run, context);
      const states = new Set(args.states ?? []);
      const effects = listEffects(events);
      const items = states.size === 0 ? effects : effects.filter(({ state }) => states.has(state));
      return listConnection({ list: 'effects', scope: run.id, items }, args);
    },
  }),
  inspection: t.field({
    type: RunInspectionRef,
    nullable: true,
    description:
      'The run as it stood behind one of its events; without one, as it stands. Null, with an error, where its log is gone.',
    args: { afterSeq: t.arg.int() },
    complexity: { field: FOLD_COST, multiplier: 1 },
    resolve: (run, { afterSeq }, context) => inspectAt(run, afterSeq ?? null, context),
  }),
  evaluate: t.field({
    type: 'JSON',
    nullable: true,
    description: 'The value of an expression, with the values of the run behind one of its events.',
    args: {
      expression: t.arg.string({ required: true }),
      afterSeq: t.arg.int(),
      stepId: t.arg.string({ description: 'There `iteration`, `item` and `index` mean something too.' }),
      index: t.arg.string({ description: 'The item of a map that is under way: `0.2`.' }),
    },
    complexity: { field: FOLD_COST, multiplier: 1 },
    resolve: (run, args, context) =>
      evaluateAt(
        run,
        {
          expression: args.expression,
          afterSeq: args.afterSeq ?? null,
          stepId: args.stepId ?? null,
          index: args.index ?? null,
        },
        context,
      ),
  }),
}));

RunWaitRef.implement({
  description: 'One thing that a run waits for.',
  fields: (t) => ({
    reason: t.expose('reason', { type: RunWaitKindEnum }),
    stepId: t.exposeString('stepId', { nullable: true, description: 'Null for what holds the run as a whole.' }),
    iteration: t.exposeString('iteration', { nullable: true }),
    index: t.exposeString('index', { nullable: true }),
    since: t.field({ type: 'DateTime', nullable: true, resolve: ({ since }) => dateOrNull(since) }),
    until: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ends by itself at the latest; null when only something from outside ends it.',
      resolve: ({ until }) => dateOrNull(until),
    }),
    detail: t.field({
      type: 'JSON',
      description: 'What would end it: a signal’s name, the people asked, a limit, how many runs go first.',
      resolve: ({ detail }) => detail,
    }),
  }),
});

RunEffectRef.implement({
  description: 'Something that a run did outside, by the key under which the outside knows it.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'The idempotency key, the same for every attempt.' }),
    taskKey: t.exposeString('taskKey', { description: 'Of the last attempt.' }),
    stepId: t.exposeString('stepId', { nullable: true, description: 'Null for a hook of the run.' }),
    iteration: t.exposeString('iteration', { nullable: true }),
    index: t.exposeString('index', { nullable: true }),
    part: t.exposeString('part', { nullable: true, description: 'Null for the step’s own work.' }),
    attempt: t.exposeInt('attempt'),
    state: t.expose('state', { type: EffectStateEnum }),
    at: t.field({ type: 'DateTime', description: 'When it came to this state.', resolve: ({ at }) => new Date(at) }),
    plugin: t.expose('plugin', { type: PluginReferenceRef, nullable: true }),
    error: t.expose('error', { type: RunErrorRef, nullable: true }),
  }),
});

RunInspectionRef.implement({
  description: 'A run at one of its events.',
  fields: (t) => ({
    seq: t.int({ description: 'The last event that counts.', resolve: ({ afterSeq }) => afterSeq }),
    status: t.field({ type: RunStatusEnum, resolve: ({ inspection }) => inspection.status }),
    parameters: t.field({ type: 'JSON', resolve: ({ inspection }) => inspection.parameters }),
    costUsd: t.float({ resolve: ({ inspection }) => inspection.costUsd }),
    loops: t.field({
      type: 'JSON',
      description: 'Iterations under way, by the step that their loop begins with: `2.1`.',
      resolve: ({ inspection }) => inspection.loops as Json,
    }),
    waiting: t.field({ type: [RunWaitRef], resolve: ({ inspection }) => inspection.waiting.slice(0, MAX_WAITS) }),
    steps: t.connection({
      type: InspectedStepRef,
      complexity: connectionCost,
      resolve: ({ run, inspection }, args) => {
        const items = Object.entries(inspection.steps).map(([stepId, step]) => ({ stepId, ...step }));
        return listConnection({ list: 'inspectedSteps', scope: run.id, items }, args);
      },
    }),
  }),
});

InspectedStepRef.implement({
  description: 'A step at one of the events of its run.',
  fields: (t) => ({
    stepId: t.exposeString('stepId'),
    status: t.expose('status', { type: RunStatusEnum }),
    output: t.field({ type: 'JSON', nullable: true, resolve: ({ output }) => output }),
    error: t.expose('error', { type: RunErrorRef, nullable: true }),
    attempts: t.exposeInt('attempts'),
    iteration: t.exposeString('iteration', { description: 'Of the loops around it, the iterations under way: `2.1`.' }),
    items: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Of a map that is under way: `all` items, their `results` and how many are `done`.',
      resolve: ({ items }) => items,
    }),
  }),
});
