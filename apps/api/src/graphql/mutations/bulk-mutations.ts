import { PlatformError } from '@ia-modules/plugin-sdk';
import { notFound, requireTenantId } from '../../access.ts';
import { parseTenantNodeId } from '../../global-id.ts';
import { type BulkOutcome, type BulkRequest, type BulkResult, bulkRuns, MAX_BULK_IDS } from '../../runs/bulk-runs.ts';
import { builder } from '../builder.ts';
import { BulkRunActionEnum, RunStatusEnum } from '../enums.ts';
import { example } from '../example.ts';
import { RunRef } from '../refs.ts';
import { answer, resultUnion } from '../result.ts';
import { ForkPointInput, toForkPoint } from './rerun-mutations.ts';

/** A full answer has many results, each cheap beside what it reports. */
const RESULTS_COST = 100;

const BulkRunFilterInput = builder.inputType('BulkRunFilterInput', {
  fields: (t) => ({
    pipelineId: t.id({ description: 'Only runs of this pipeline.' }),
    status: t.field({
      type: [RunStatusEnum],
      description: 'Default: those in which the action can do something.',
    }),
    createdBefore: t.field({ description: 'Only runs made earlier than this.', type: 'DateTime' }),
    createdAfter: t.field({ description: 'Only runs made later than this.', type: 'DateTime' }),
    after: t.string({ description: 'The `endCursor` of the call before, to go on behind it.' }),
  }),
});

const BulkRunsInput = builder.inputType('BulkRunsInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true }),
    action: t.field({ description: 'What to do to each of them.', type: BulkRunActionEnum, required: true }),
    runIds: t.idList({ description: `Up to ${MAX_BULK_IDS}. Pass either these or \`filter\`.` }),
    filter: t.field({ type: BulkRunFilterInput, description: 'The youngest first, up to 1,000 a call.' }),
    reason: t.string({ description: 'For the log of the runs and the audit log.' }),
    fork: t.field({ type: ForkPointInput, description: 'From where FORK goes on in each of them.' }),
    idempotencyKey: t.string({ description: 'Of RETRY, REPLAY and FORK: repeated, no run is made twice.' }),
  }),
});

type Refusal = { readonly code: string; readonly message: string; readonly hint: string | null };

const BulkRunError = builder.objectRef<Refusal>('BulkRunError').implement({
  description: 'Why nothing was done to a run.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable code, `IA_<AREA>_<WHAT>`.' }),
    message: t.exposeString('message', { description: 'What happened, for people.' }),
    hint: t.exposeString('hint', { description: 'What to do next.', nullable: true }),
  }),
});

/** No error of its own any more: GraphQL would take it for one of the operation. */
const toRefusal = ({ code, message, hint }: PlatformError): Refusal => ({ code, message, hint: hint ?? null });

const BulkRunResult = builder.objectRef<BulkResult>('BulkRunResult').implement({
  description: 'What became of one run.',
  fields: (t) => ({
    runId: t.exposeID('runId', { description: 'The run that was named or found.' }),
    ok: t.boolean({ description: 'Whether it was done.', resolve: ({ error }) => error === null }),
    run: t.expose('run', {
      type: RunRef,
      nullable: true,
      description: 'The run itself; of RETRY, REPLAY and FORK the new one.',
    }),
    error: t.field({
      description: 'Why it was refused; null when it was not.',
      type: BulkRunError,
      nullable: true,
      resolve: ({ error }) => error && toRefusal(error),
    }),
  }),
});

const BulkRunsSuccess = builder
  .objectRef<BulkOutcome & { readonly kind: 'BulkRunsSuccess' }>('BulkRunsSuccess')
  .implement({
    description: 'Each run for itself: some may be refused.',
    fields: (t) => ({
      results: t.field({
        description: 'What became of each run.',
        type: [BulkRunResult],
        complexity: { field: 1, multiplier: RESULTS_COST },
        resolve: ({ results }) => [...results],
      }),
      hasMore: t.exposeBoolean('hasMore', { description: 'Whether the filter matches runs behind these.' }),
      endCursor: t.exposeString('endCursor', {
        description: 'Where the filter got to: pass it as `filter.after` to go on. Null when nothing was found.',
        nullable: true,
      }),
    }),
  });

type FilterValue = typeof BulkRunFilterInput.$inferInput;

const toFilter = (tenantId: string, filter: FilterValue): BulkRequest['runs'] => {
  const pipeline = filter.pipelineId ? parseTenantNodeId('Pipeline', filter.pipelineId) : null;
  if (filter.pipelineId && pipeline?.tenantId !== tenantId) throw notFound();
  return {
    pipelineId: pipeline?.id ?? null,
    status: filter.status ?? null,
    createdBefore: filter.createdBefore ?? null,
    createdAfter: filter.createdAfter ?? null,
    after: filter.after ?? null,
  };
};

const toRuns = (tenantId: string, { runIds, filter }: typeof BulkRunsInput.$inferInput): BulkRequest['runs'] => {
  if (runIds && !filter) return runIds;
  if (filter && !runIds) return toFilter(tenantId, filter);
  throw new PlatformError({ code: 'IA_API_INVALID', message: 'Pass either `runIds` or `filter`.' });
};

builder.mutationField('bulkRuns', (t) =>
  t.field({
    type: resultUnion('BulkRunsResult', BulkRunsSuccess),
    description: example(
      'Does the same to many runs of a tenant.',
      `
mutation {
  bulkRuns(input: {tenantId: "<tenant>", action: CANCEL, filter: {pipelineId: "<pipeline>"}}) {
    __typename
    ... on BulkRunsSuccess { results { runId ok error { code } } hasMore endCursor }
  }
}`,
    ),
    args: { input: t.arg({ type: BulkRunsInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => {
        const tenantId = requireTenantId(context.viewer.principal, input.tenantId);
        const outcome = await bulkRuns(context, {
          tenantId,
          action: input.action,
          runs: toRuns(tenantId, input),
          reason: input.reason ?? null,
          point: input.fork ? toForkPoint(input.fork) : null,
          idempotencyKey: input.idempotencyKey ?? null,
        });
        return { kind: 'BulkRunsSuccess' as const, ...outcome };
      }),
  }),
);
