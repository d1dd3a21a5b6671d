import { notFound, requireTenantId } from '../../access.ts';
import { parseTenantNodeId } from '../../global-id.ts';
import { encodeCursor } from '../../page.ts';
import {
  type MovedPipelines,
  movePipelines,
  MOVING_LIST,
  type UnmovedPipeline,
} from '../../pipelines/move-pipelines.ts';
import { type RemovedVersion, removeInstalledVersion } from '../../plugins/installed-version.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { DiagnosticRef, PipelineRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';

const RemoveInstalledVersionInput = builder.inputType('RemoveInstalledVersionInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true }),
    name: t.string({ required: true, description: 'Name of the installed package: `@scope/name`.' }),
    version: t.string({ required: true, description: 'The version to remove: not the default one.' }),
  }),
});

type RemovalSuccess = RemovedVersion & { readonly kind: 'RemoveInstalledVersionSuccess' };

const RemoveInstalledVersionSuccess = builder.objectRef<RemovalSuccess>('RemoveInstalledVersionSuccess').implement({
  description: 'Nothing runs with this version any more.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the package.' }),
    version: t.exposeString('version', { description: 'The version that was removed.' }),
  }),
});

builder.mutationField('removeInstalledVersion', (t) =>
  t.field({
    type: resultUnion('RemoveInstalledVersionResult', RemoveInstalledVersionSuccess),
    description: example(
      'Removes one of several installed versions; refused while the newest revision of a pipeline pins it or another plugin needs it.',
      `
# answers: NotFound
mutation {
  removeInstalledVersion(input: {tenantId: "<tenant>", name: "<plugin>", version: "0.0.1"}) {
    __typename
    ... on Error { message }
  }
}`,
    ),
    args: { input: t.arg({ type: RemoveInstalledVersionInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'RemoveInstalledVersionSuccess' as const,
        ...(await removeInstalledVersion(context, {
          tenantId: requireTenantId(context.viewer.principal, input.tenantId),
          name: input.name,
          version: input.version,
        })),
      })),
  }),
);

/** Each is checked and saved for itself, within the time of one operation. */
const MAX_MOVED = 50;

const MovePipelinesInput = builder.inputType('MovePipelinesInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true }),
    pluginName: t.string({ required: true, description: 'Name of the installed package: `@scope/name`.' }),
    pipelineIds: t.idList({ description: 'Only these; all that pin another version when left out.' }),
    first: t.int({ description: `How many at once: 1 to ${MAX_MOVED}, which is the default.` }),
    after: t.string({ description: 'The `endCursor` of the call before.' }),
    dryRun: t.boolean(),
  }),
});

const UnmovedPipelineRef = builder.objectRef<UnmovedPipeline>('UnmovedPipeline').implement({
  description: 'A pipeline that stays as it is, and why.',
  fields: (t) => ({
    pipeline: t.expose('pipeline', { type: PipelineRef, description: 'As it is.' }),
    code: t.exposeString('code', { description: 'Stable code, `IA_<AREA>_<WHAT>`.' }),
    message: t.exposeString('message', { description: 'Why, for people.' }),
    hint: t.exposeString('hint', { nullable: true, description: 'What to do about it.' }),
    diagnostics: t.field({
      type: [DiagnosticRef],
      description: 'What validation found with the new version.',
      resolve: ({ diagnostics }) => [...diagnostics],
    }),
  }),
});

type MoveSuccess = MovedPipelines & { readonly kind: 'MovePipelinesSuccess'; readonly tenantId: string };

const MovePipelinesSuccess = builder.objectRef<MoveSuccess>('MovePipelinesSuccess').implement({
  description: 'Each pipeline was moved, or not, for itself.',
  fields: (t) => ({
    moved: t.field({
      type: [PipelineRef],
      description: 'Those with a new revision that pins the default version.',
      resolve: ({ moved }) => [...moved],
    }),
    unmoved: t.field({
      type: [UnmovedPipelineRef],
      description: 'Those that stay as they are.',
      resolve: ({ unmoved }) => [...unmoved],
    }),
    hasMore: t.boolean({ description: 'Whether there are more to look at.', resolve: ({ next }) => next !== null }),
    endCursor: t.string({
      nullable: true,
      description: 'What `after` takes to go on.',
      resolve: ({ next, tenantId }) =>
        next === null ? null : encodeCursor(MOVING_LIST, [next.name, next.id], tenantId),
    }),
    dryRun: t.exposeBoolean('dryRun', { description: 'Whether nothing was changed.' }),
  }),
});

const pipelineIdOf = (tenantId: string) => (globalId: string | number) => {
  const key = parseTenantNodeId('Pipeline', String(globalId));
  if (key === null || key.tenantId !== tenantId) throw notFound();
  return key.id;
};

builder.mutationField('movePipelines', (t) =>
  t.field({
    type: resultUnion('MovePipelinesResult', MovePipelinesSuccess),
    description: example(
      'Saves pipelines again, unchanged but for the default version of a plugin in the place of the one that they pin.',
      `
mutation {
  movePipelines(input: {tenantId: "<tenant>", pluginName: "<upgradable>", dryRun: true}) {
    __typename
    ... on MovePipelinesSuccess { moved { name revision } unmoved { pipeline { name } message } hasMore endCursor }
  }
}`,
    ),
    complexity: { field: 200, multiplier: 1 },
    args: { input: t.arg({ type: MovePipelinesInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        const moved = await movePipelines(context, {
          tenantId,
          pluginName: input.pluginName,
          pipelineIds: input.pipelineIds?.map(pipelineIdOf(tenantId)) ?? null,
          first: Math.min(input.first ?? MAX_MOVED, MAX_MOVED),
          after: input.after ?? null,
          dryRun: input.dryRun === true,
        });
        return { kind: 'MovePipelinesSuccess' as const, tenantId, ...moved };
      }),
  }),
);
