import { notFound } from '../../access.ts';
import type { ApiContext } from '../../context.ts';
import { opaqueId } from '../../global-id.ts';
import {
  type RehearsalSampleRow,
  type RehearsalVerdict,
  sampleId,
  type SampleDifference,
  type SampleOutcome,
  type SampleValues,
} from '../../rehearsals/rehearsal-rows.ts';
import { builder } from '../builder.ts';
import { RunRef } from '../refs.ts';

export const RehearsalVerdictEnum = builder.enumType('RehearsalVerdict', {
  description: 'What the new version makes of a recorded input.',
  values: {
    SAME: { value: 'same', description: 'What the version of then makes of it, but for what is left to chance.' },
    DIFFERENT: { value: 'different', description: 'Something else: `differences` says where.' },
    NEW_ERROR: { value: 'new_error', description: 'It fails, and the version of then does not.' },
    CURED_ERROR: { value: 'cured_error', description: 'It does not fail, and the version of then does.' },
    SCHEMA_REFUSED: { value: 'schema_refused', description: 'Its schema does not take this input.' },
    NOT_COMPARABLE: { value: 'not_comparable', description: 'Nothing can be said: `reason` says why.' },
  } as const satisfies Record<Uppercase<RehearsalVerdict>, object>,
});

const DifferenceKindEnum = builder.enumType('RehearsalDifferenceKind', {
  description: 'How two values differ in one place.',
  values: {
    ADDED: { value: 'added', description: 'Only the new version gives it.' },
    REMOVED: { value: 'removed', description: 'Only the version of then gives it.' },
    CHANGED: { value: 'changed', description: 'Both give it, and not the same.' },
    REFUSED: { value: 'refused', description: 'It is a place of the input that the new schema does not take.' },
  } as const satisfies Record<Uppercase<SampleDifference['kind']>, object>,
});

const SampleErrorRef = builder.objectRef<NonNullable<SampleOutcome['error']>>('RehearsalSampleError').implement({
  description: 'What an attempt failed with.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable code, `IA_<AREA>_<WHAT>`.' }),
    name: t.exposeString('name', { description: 'What the plugin calls it.' }),
    message: t.exposeString('message', { description: 'What it says.' }),
  }),
});

const SampleOutcomeRef = builder.objectRef<SampleOutcome>('RehearsalOutcome').implement({
  description: 'What became of an attempt. Of a large output, `{"$cut": {chars, beginning}}` stands here.',
  fields: (t) => ({
    output: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Null also where it failed.',
      resolve: ({ output }) => output ?? null,
    }),
    error: t.field({
      type: SampleErrorRef,
      nullable: true,
      description: 'Null where it succeeded.',
      resolve: ({ error }) => error ?? null,
    }),
  }),
});

const DifferenceRef = builder.objectRef<SampleDifference>('RehearsalDifference').implement({
  description: 'One place where the new version differs. A large value is cut: `{"$cut": {chars, beginning}}`.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'JSON pointer: `/lines/0/total`; empty for the whole.' }),
    kind: t.expose('kind', { type: DifferenceKindEnum, description: 'How it differs.' }),
    before: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What the version of then gives.',
      resolve: ({ before }) => before ?? null,
    }),
    after: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What the new version gives.',
      resolve: ({ after }) => after ?? null,
    }),
    message: t.string({
      nullable: true,
      description: 'Of what is refused: what the schema says.',
      resolve: ({ message }) => message ?? null,
    }),
  }),
});

const valuesOf = async (sample: RehearsalSampleRow, { loaders }: ApiContext): Promise<SampleValues> => {
  const values = await loaders.sampleValues.load({ tenantId: sample.tenantId, id: sampleId(sample) });
  if (values === null) throw notFound();
  return values;
};

/** Read apart from the list, by the sample. */
const VALUE_COST = { field: 2, multiplier: 1 };

export const RehearsalSampleRef = builder.objectRef<RehearsalSampleRow>('RehearsalSample').implement({
  description: 'One recorded attempt, made again by both versions: without a network, without secrets.',
  fields: (t) => ({
    id: t.id({
      description: 'Stable within the rehearsal; no node.',
      resolve: ({ rehearsalId, position }) => opaqueId('RehearsalSample', rehearsalId, String(position)),
    }),
    run: t.field({
      type: RunRef,
      nullable: true,
      description: 'Whose log has it.',
      resolve: ({ tenantId, runId }, _args, { loaders }) => loaders.runs.load({ tenantId, id: runId }),
    }),
    stepId: t.exposeString('stepId', { nullable: true, description: 'The step; null for what belongs to the run.' }),
    iteration: t.exposeString('iteration', { nullable: true, description: '`2.1` inside loops.' }),
    index: t.exposeString('index', { nullable: true, description: 'Item index of a mapped step.' }),
    part: t.exposeString('part', {
      nullable: true,
      description: 'When it is not the own work of the step: `validate/0`.',
    }),
    attempt: t.exposeInt('attempt', { description: 'From 1.' }),
    contribution: t.exposeString('contribution', { description: 'What of the plugin was called.' }),
    fromVersion: t.exposeString('fromVersion', { description: 'The version of then.' }),
    verdict: t.expose('verdict', {
      type: RehearsalVerdictEnum,
      nullable: true,
      description: 'Null until it is judged.',
    }),
    reason: t.exposeString('reason', { nullable: true, description: 'Why, or what else to know.' }),
    differenceCount: t.exposeInt('differenceCount', {
      description: 'How many there are; `differences` has the first 20.',
    }),
    input: t.field({
      type: 'JSON',
      nullable: true,
      description: 'As it was recorded: `***` stands for secrets. A large one is cut: `{"$cut": {chars, beginning}}`.',
      complexity: VALUE_COST,
      resolve: async (sample, _args, context) => (await valuesOf(sample, context)).input,
    }),
    recorded: t.field({
      type: SampleOutcomeRef,
      nullable: true,
      description: 'What became of it then.',
      complexity: VALUE_COST,
      resolve: async (sample, _args, context) => (await valuesOf(sample, context)).recorded,
    }),
    before: t.field({
      type: SampleOutcomeRef,
      nullable: true,
      description: 'What becomes of it in the version of then; null where that version can not be rehearsed.',
      complexity: VALUE_COST,
      resolve: async (sample, _args, context) => (await valuesOf(sample, context)).before,
    }),
    after: t.field({
      type: SampleOutcomeRef,
      nullable: true,
      description: 'What becomes of it in the new version.',
      complexity: VALUE_COST,
      resolve: async (sample, _args, context) => (await valuesOf(sample, context)).after,
    }),
    differences: t.field({
      type: [DifferenceRef],
      description: 'The first 20 places where the new version differs.',
      complexity: VALUE_COST,
      resolve: async (sample, _args, context) => [...((await valuesOf(sample, context)).differences ?? [])],
    }),
  }),
});
