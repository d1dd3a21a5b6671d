import { tenantNodeId } from '../../global-id.ts';
import { parsePage, toConnection } from '../../page.ts';
import { listRehearsals, type RehearsalRow, type RehearsalStatus } from '../../rehearsals/rehearsal-rows.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { PipelineRef, RehearsalRef, TenantRef } from '../refs.ts';
import { RehearsalSampleRef, RehearsalVerdictEnum } from './rehearsal-sample.ts';

const RehearsalStatusEnum = builder.enumType('RehearsalStatus', {
  description: 'How far a rehearsal is.',
  values: {
    pending: { description: 'A worker will take it up.' },
    running: { description: 'A worker is at it.' },
    succeeded: { description: 'Every sample is judged.' },
    failed: { description: 'It could not go on: `error` says why. What was judged until then stays.' },
    canceled: { description: 'Somebody ended it. What was judged until then stays.' },
  } satisfies Record<RehearsalStatus, { description: string }>,
});

const RehearsalCountsRef = builder.objectRef<RehearsalRow['counts']>('RehearsalCounts').implement({
  description: 'How many samples were judged how.',
  fields: (t) => ({
    same: t.exposeInt('same', { description: 'As before.' }),
    different: t.exposeInt('different', { description: 'With another output, or another error.' }),
    newError: t.exposeInt('new_error', { description: 'Failed in the new version alone.' }),
    curedError: t.exposeInt('cured_error', { description: 'Failed in the version of then alone.' }),
    schemaRefused: t.exposeInt('schema_refused', { description: 'Not taken by the new schema.' }),
    notComparable: t.exposeInt('not_comparable', { description: 'Of which nothing can be said.' }),
  }),
});

const RehearsalErrorRef = builder.objectRef<NonNullable<RehearsalRow['error']>>('RehearsalError').implement({
  description: 'Why a rehearsal could not go on.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable code, `IA_<AREA>_<WHAT>`.' }),
    message: t.exposeString('message', { description: 'What happened, for people.' }),
    hint: t.exposeString('hint', { nullable: true, description: 'What to do next.' }),
  }),
});

const progressOf = ({ status, sampleCount, counts }: RehearsalRow): number => {
  if (status === 'succeeded') return 1;
  const judged = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return sampleCount === null || sampleCount === 0 ? 0 : judged / sampleCount;
};

RehearsalRef.implement({
  description:
    'What a new version of a plugin makes of inputs that were recorded. Kept for seven days, of a tenant the newest 20.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: 'Its global id.', resolve: (row) => tenantNodeId('Rehearsal', row) }),
    pluginName: t.exposeString('pluginName', { description: 'Name of the package: `@scope/name`.' }),
    toVersion: t.exposeString('toVersion', { description: 'The new version.' }),
    fromVersions: t.stringList({
      description: 'The versions that the samples ran with then.',
      resolve: ({ fromVersions }) => [...fromVersions],
    }),
    pipeline: t.field({
      type: PipelineRef,
      nullable: true,
      description: 'Only samples of its runs; null takes those of any.',
      resolve: ({ tenantId, pipelineId }, _args, { loaders }) =>
        pipelineId === null ? null : loaders.pipelines.load({ tenantId, id: pipelineId }),
    }),
    stepId: t.exposeString('stepId', { nullable: true, description: 'Only samples of this step.' }),
    contribution: t.exposeString('contribution', { nullable: true, description: 'Only samples of this contribution.' }),
    maxSamples: t.exposeInt('maxSamples', { description: 'How many samples were asked for.' }),
    status: t.expose('status', { type: RehearsalStatusEnum, description: 'How far it is.' }),
    error: t.expose('error', { type: RehearsalErrorRef, nullable: true, description: 'Why it failed.' }),
    requestedBy: t.exposeString('requestedBy', { description: "The user's id, or `token:<id>`." }),
    requestedAt: t.expose('requestedAt', { type: 'DateTime', description: 'When it was asked for.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true, description: 'When it was begun.' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When it was over.' }),
    sampleCount: t.exposeInt('sampleCount', {
      nullable: true,
      description: 'How many samples there are; null until they are chosen.',
    }),
    progress: t.float({ description: 'Which part of the samples is judged, 0 to 1.', resolve: progressOf }),
    counts: t.expose('counts', { type: RehearsalCountsRef, description: 'How many samples were judged how.' }),
    samples: t.connection({
      type: RehearsalSampleRef,
      description: 'The samples, newest attempts first.',
      args: { verdicts: t.arg({ type: [RehearsalVerdictEnum], description: 'Only those judged so.' }) },
      complexity: connectionCost,
      resolve: async ({ tenantId, id }, { verdicts, ...args }, { loaders }) => {
        const page = parsePage('rehearsalSamples', args, 1, id);
        const key = { tenantId, id, args: { page, verdicts: verdicts ?? null } };
        return toConnection(page, await loaders.samplesOfRehearsals.load(key), ({ position }) => [position]);
      },
    }),
  }),
});

builder.objectField(TenantRef, 'rehearsals', (t) =>
  t.connection({
    type: RehearsalRef,
    description: 'Rehearsals of upgrades, newest first.',
    args: { pluginName: t.arg.string({ description: 'Only those of this package.' }) },
    complexity: connectionCost,
    resolve: async ({ id: tenantId }, { pluginName, ...args }, { session }) => {
      const page = parsePage('rehearsals', args, 2, tenantId);
      const rows = await session.read(tenantId, 'run.read', (client) =>
        listRehearsals(client, { tenantId, pluginName: pluginName ?? null, page }),
      );
      return toConnection(page, rows, (row) => [row.requestedAt.toISOString(), row.id]);
    },
  }),
);
