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
    args: {
      states: t.arg({ description: 'Only effects in one of these states.', type: [EffectStateEnum], required: false }),
    },
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
    args: { afterSeq: t.arg.int({ description: 'Behind which event. Default: the last one.' }) },
    complexity: { field: FOLD_COST, multiplier: 1 },
    resolve: (run, { afterSeq }, context) => inspectAt(run, afterSeq ?? null, context),
  }),
  evaluate: t.field({
    type: 'JSON',
    nullable: true,
    description: 'The value of an expression, with the values of the run behind one of its events.',
    args: {
      expression: t.arg.string({
        description: 'An expression as definitions have them, without braces: `steps.fetch.output.rows[0]`.',
        required: true,
      }),
      afterSeq: t.arg.int({ description: 'Behind which event. Default: the last one.' }),
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
    reason: t.expose('reason', { description: 'What it waits for.', type: RunWaitKindEnum }),
    stepId: t.exposeString('stepId', { nullable: true, description: 'Null for what holds the run as a whole.' }),
    iteration: t.exposeString('iteration', {
      description: 'Of a step in loops: which iteration waits, such as `2.1`. Null otherwise.',
      nullable: true,
    }),
    index: t.exposeString('index', {
      description: 'Of a mapped step: which item waits, dotted when nested. Null otherwise.',
      nullable: true,
    }),
    since: t.field({
      description: 'Since when; null when the log does not say.',
      type: 'DateTime',
      nullable: true,
      resolve: ({ since }) => dateOrNull(since),
    }),
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
    iteration: t.exposeString('iteration', {
      description: 'Of a step in loops: which iteration, such as `2.1`. Null otherwise.',
      nullable: true,
    }),
    index: t.exposeString('index', {
      description: 'Of a mapped step: which item, dotted when nested. Null otherwise.',
      nullable: true,
    }),
    part: t.exposeString('part', { nullable: true, description: 'Null for the step’s own work.' }),
    attempt: t.exposeInt('attempt', { description: 'The last attempt, from 1.' }),
    state: t.expose('state', { description: 'How far it is.', type: EffectStateEnum }),
    at: t.field({ type: 'DateTime', description: 'When it came to this state.', resolve: ({ at }) => new Date(at) }),
    plugin: t.expose('plugin', {
      description: 'What did it, when a plugin did.',
      type: PluginReferenceRef,
      nullable: true,
    }),
    error: t.expose('error', {
      description: 'Why it failed, or why nobody knows; null otherwise.',
      type: RunErrorRef,
      nullable: true,
    }),
  }),
});

RunInspectionRef.implement({
  description: 'A run at one of its events.',
  fields: (t) => ({
    seq: t.int({ description: 'The last event that counts.', resolve: ({ afterSeq }) => afterSeq }),
    status: t.field({
      description: 'Where the run stood.',
      type: RunStatusEnum,
      resolve: ({ inspection }) => inspection.status,
    }),
    parameters: t.field({
      description: 'The parameters, as they stood there.',
      type: 'JSON',
      resolve: ({ inspection }) => inspection.parameters,
    }),
    costUsd: t.float({
      description: 'What it had cost, in US dollars.',
      resolve: ({ inspection }) => inspection.costUsd,
    }),
    loops: t.field({
      type: 'JSON',
      description: 'Iterations under way, by the step that their loop begins with: `2.1`.',
      resolve: ({ inspection }) => inspection.loops as Json,
    }),
    waiting: t.field({
      description: 'What it waited for.',
      type: [RunWaitRef],
      resolve: ({ inspection }) => inspection.waiting.slice(0, MAX_WAITS),
    }),
    steps: t.connection({
      description: 'Its steps, as they stood there.',
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
    stepId: t.exposeString('stepId', { description: 'Id of the step in the definition.' }),
    status: t.expose('status', { description: 'Where it stood.', type: RunStatusEnum }),
    output: t.field({
      description: 'What it gave; null before it has.',
      type: 'JSON',
      nullable: true,
      resolve: ({ output }) => output,
    }),
    error: t.expose('error', {
      description: 'Why it failed; null when it did not.',
      type: RunErrorRef,
      nullable: true,
    }),
    attempts: t.exposeInt('attempts', { description: 'How many attempts were made.' }),
    iteration: t.exposeString('iteration', { description: 'Of the loops around it, the iterations under way: `2.1`.' }),
    items: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Of a map that is under way: `all` items, their `results` and how many are `done`.',
      resolve: ({ items }) => items,
    }),
  }),
});
