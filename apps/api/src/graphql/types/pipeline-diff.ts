import { PlatformError } from '@ia-modules/plugin-sdk';
import { notFound } from '../../access.ts';
import type { ApiContext } from '../../context.ts';
import type { TenantKey } from '../../loaders.ts';
import { diffDefinitions, type PartChange, type ValueChange } from '../../pipelines/diff-definitions.ts';
import type { PipelineVersionRow } from '../../pipelines/pipeline-rows.ts';
import { builder } from '../builder.ts';
import { PipelineRef, PipelineVersionRef } from '../refs.ts';
import { latestVersion } from './pipeline-lookup.ts';

type PipelineDiff = {
  readonly from: PipelineVersionRow;
  readonly to: PipelineVersionRow;
  readonly changes: readonly PartChange[];
};

const PipelinePartEnum = builder.enumType('PipelinePart', {
  description: 'What a definition is made of.',
  values: {
    STEP: { value: 'step', description: 'A step, by its id.' },
    TRANSITION: { value: 'transition', description: 'A transition, by its ends: `from->to`.' },
    PARAMETER: { value: 'parameter', description: 'A parameter, by its name.' },
    OUTPUT: { value: 'output', description: 'An output, by its name.' },
    PLUGIN: { value: 'plugin', description: 'A plugin, by its alias.' },
    SETTING: { value: 'setting', description: 'Anything else: `name`, `flow.max_duration`, `hooks`.' },
  } as const,
});

const ChangeKindEnum = builder.enumType('ChangeKind', {
  description: 'How something differs.',
  values: {
    ADDED: { value: 'added', description: 'It is only in the later one.' },
    REMOVED: { value: 'removed', description: 'It is only in the earlier one.' },
    CHANGED: { value: 'changed', description: 'It is in both and differs.' },
  } as const,
});

const ValueChangeRef = builder.objectRef<ValueChange>('PipelineValueChange').implement({
  description: 'One value that differs within a part.',
  fields: (t) => ({
    kind: t.expose('kind', { type: ChangeKindEnum, description: 'How it differs.' }),
    path: t.exposeString('path', { description: 'JSON path within the part: `$.with.url`.' }),
    before: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Null when it was added.',
      resolve: (value) => value.before,
    }),
    after: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Null when it was removed.',
      resolve: (value) => value.after,
    }),
  }),
});

const PartChangeRef = builder.objectRef<PartChange>('PipelineChange').implement({
  description: 'One part of a definition that differs.',
  fields: (t) => ({
    part: t.expose('part', { type: PipelinePartEnum, description: 'What kind of part it is.' }),
    kind: t.expose('kind', { type: ChangeKindEnum, description: 'How it differs.' }),
    name: t.exposeString('name', { description: 'Which one: the id of the step, `from->to`, the name.' }),
    summary: t.exposeString('summary', { description: 'One line for people.' }),
    before: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The part as it was; null when it was added.',
      resolve: (change) => change.before,
    }),
    after: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The part as it is; null when it was removed.',
      resolve: (change) => change.after,
    }),
    values: t.field({
      type: [ValueChangeRef],
      description: 'What differs within a part that both have.',
      resolve: ({ values }) => [...values],
    }),
  }),
});

const PipelineDiffRef = builder.objectRef<PipelineDiff>('PipelineDiff').implement({
  description:
    'What differs between two versions. In which order steps and transitions are written makes no difference.',
  fields: (t) => ({
    from: t.expose('from', { type: PipelineVersionRef, description: 'The one that it starts from.' }),
    to: t.expose('to', { type: PipelineVersionRef, description: 'The one that it leads to.' }),
    isEqual: t.boolean({ description: 'Whether nothing differs.', resolve: ({ changes }) => changes.length === 0 }),
    changes: t.field({
      type: [PartChangeRef],
      description: 'Each part that differs: steps first, then transitions, parameters, outputs, plugins, settings.',
      resolve: ({ changes }) => [...changes],
    }),
  }),
});

const loadRevision = async (
  { tenantId, id }: TenantKey,
  revision: number,
  { loaders }: ApiContext,
): Promise<PipelineVersionRow> => {
  const version = await loaders.versionsByRevision.load({ tenantId, id: `${id}:${revision}` });
  if (version === null) throw notFound();
  return version;
};

const diffOf = (from: PipelineVersionRow, to: PipelineVersionRow): PipelineDiff => ({
  from,
  to,
  changes: diffDefinitions(from.definition, to.definition),
});

const isGiven = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined;

/** Reading and comparing two definitions. */
const DIFF_COST = { field: 20, multiplier: 1 };
const TO = 'The revision that it leads to. Default: the latest.';

builder.objectFields(PipelineRef, (t) => ({
  versionAt: t.field({
    type: PipelineVersionRef,
    nullable: true,
    description: 'One of its versions, by the revision or by the semantic version; null when there is none.',
    args: {
      revision: t.arg.int({ description: "The platform's own counter. Pass either this or `version`." }),
      version: t.arg.string({ description: "The author's semantic version: `1.2.0`." }),
    },
    resolve: ({ tenantId, id }, { revision, version }, { loaders }) => {
      if (isGiven(revision) === isGiven(version)) {
        throw new PlatformError({ code: 'IA_API_INVALID', message: 'Pass either `revision` or `version`.' });
      }
      return isGiven(revision)
        ? loaders.versionsByRevision.load({ tenantId, id: `${id}:${revision}` })
        : loaders.versionsByName.load({ tenantId, id: `${id}:${version}` });
    },
  }),
  diff: t.field({
    type: PipelineDiffRef,
    description:
      'What differs between two revisions. With the pipeline of a dry run, the latest is what would be saved.',
    complexity: DIFF_COST,
    args: {
      from: t.arg.int({ required: true, description: 'The revision that it starts from.' }),
      to: t.arg.int({ description: TO }),
    },
    resolve: async (pipeline, { from, to }, context) => {
      const [before, after] = await Promise.all([
        loadRevision(pipeline, from, context),
        isGiven(to) ? loadRevision(pipeline, to, context) : latestVersion(pipeline, context),
      ]);
      return diffOf(before, after);
    },
  }),
}));

builder.objectFields(PipelineVersionRef, (t) => ({
  diff: t.field({
    type: PipelineDiffRef,
    description: 'What differs between this version and another one of its pipeline.',
    complexity: DIFF_COST,
    args: { to: t.arg.int({ description: TO }) },
    resolve: async (version, { to }, context) => {
      const key = { tenantId: version.tenantId, id: version.pipelineId };
      if (isGiven(to)) return diffOf(version, await loadRevision(key, to, context));
      const pipeline = await context.loaders.pipelines.load(key);
      if (pipeline === null) throw notFound();
      return diffOf(version, await latestVersion(pipeline, context));
    },
  }),
}));
