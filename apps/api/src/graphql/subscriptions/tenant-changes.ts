import { notFound, requireTenantId } from '../../access.ts';
import type { ApiContext } from '../../context.ts';
import { parseTenantNodeId, tenantNodeId } from '../../global-id.ts';
import { changeCursor, parseChangeCursor, placeAfter } from '../../live/change-cursor.ts';
import type { FeedSource } from '../../live/feed-source.ts';
import { openFeed } from '../../live/open-feed.ts';
import {
  type ApprovalChange,
  type ApprovalChangeItem,
  approvalChangeSource,
  type FeedGap,
  gapSince,
  type RunChange,
  type RunChangeItem,
  readNow,
  runChangeSource,
} from '../../live/tenant-change-source.ts';
import { builder } from '../builder.ts';
import { ApprovalStatusEnum, RunStatusEnum } from '../enums.ts';
import { example } from '../example.ts';
import { ApprovalRef, RunRef, TenantRef } from '../refs.ts';

const RunChangeRef = builder.objectRef<RunChange>('RunChange').implement({
  description: 'What became of a run: it was created, began, waits, goes on or ended.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When it was noted.' }),
    runId: t.id({ description: 'The id of the run.', resolve: ({ run }) => tenantNodeId('Run', run) }),
    status: t.expose('status', { type: RunStatusEnum, description: 'What the run was from then on.' }),
    waitReason: t.exposeString('waitReason', { nullable: true, description: 'Why it waited, as in `Run.waitReason`.' }),
    run: t.field({ type: RunRef, description: 'The run as it is now.', resolve: ({ run }) => run }),
    cursor: t.string({ description: 'Pass it as `after` to continue behind this change.', resolve: changeCursor }),
  }),
});

const ApprovalChangeRef = builder.objectRef<ApprovalChange>('ApprovalChange').implement({
  description: 'What became of an approval: it was asked for, decided, or is over.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When it was noted.' }),
    approvalId: t.id({
      description: 'The id of the approval.',
      resolve: ({ approval }) => tenantNodeId('Approval', approval),
    }),
    status: t.expose('status', { type: ApprovalStatusEnum, description: 'What the approval was from then on.' }),
    approval: t.field({
      type: ApprovalRef,
      description: 'The approval as it is now.',
      resolve: ({ approval }) => approval,
    }),
    cursor: t.string({ description: 'Pass it as `after` to continue behind this change.', resolve: changeCursor }),
  }),
});

const FeedGapRef = builder.objectRef<FeedGap>('FeedGap').implement({
  description: 'Changes that may be missing: read the list anew.',
  fields: (t) => ({
    until: t.expose('until', { type: 'DateTime', description: 'Up to when changes are not kept any more.' }),
  }),
});

const RunChangePayload = builder.unionType('RunChangePayload', {
  description: 'A change of a run, or changes that may be missing.',
  types: [RunChangeRef, FeedGapRef],
  resolveType: (item) => ('until' in item ? 'FeedGap' : 'RunChange'),
});

const ApprovalChangePayload = builder.unionType('ApprovalChangePayload', {
  description: 'A change of an approval, or changes that may be missing.',
  types: [ApprovalChangeRef, FeedGapRef],
  resolveType: (item) => ('until' in item ? 'FeedGap' : 'ApprovalChange'),
});

type ChangeFeed<T> = {
  readonly context: ApiContext;
  readonly source: FeedSource<T | FeedGap>;
  readonly tenantId: string;
  readonly after: string | null | undefined;
  readonly isWanted: (item: T) => boolean;
};

const isFeedGap = (item: object): item is FeedGap => 'until' in item;

const openChanges = async <T extends object>(feed: ChangeFeed<T>): Promise<AsyncIterable<T | FeedGap>> => {
  const { context, source, tenantId, after, isWanted } = feed;
  const moment = parseChangeCursor(tenantId, after);
  const gap = moment === null ? null : gapSince(moment.at, new Date());
  const changes = await openFeed({
    context,
    source,
    key: { tenantId, id: tenantId },
    after: placeAfter(moment),
    isWanted: (item) => isFeedGap(item) || isWanted(item),
  });
  return gap === null ? changes : withFirst(gap, changes);
};

const withFirst = <T>(first: T, rest: AsyncIterableIterator<T>): AsyncIterableIterator<T> => {
  let isFirst = true;
  return {
    next: () => {
      if (!isFirst) return rest.next();
      isFirst = false;
      return Promise.resolve({ done: false, value: first });
    },
    return: () => rest.return?.() ?? Promise.resolve({ done: true, value: undefined }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
};

const CHANGES_AFTER =
  'The cursor of the last change that was seen, or `Tenant.changesCursor`. Without it: from now on.';

builder.subscriptionField('tenantRuns', (t) =>
  t.field({
    type: RunChangePayload,
    description: example(
      'What becomes of the runs of a tenant: what was missed behind `after` first, then live, in order, once each. Changes are kept for a day.',
      '# waits\nsubscription { tenantRuns(tenantId: "<tenant>", statuses: [failed]) { ... on RunChange { runId status cursor } ... on FeedGap { until } } }',
    ),
    args: {
      tenantId: t.arg.id({ required: true, description: 'The tenant that is watched.' }),
      after: t.arg.string({ description: CHANGES_AFTER }),
      pipelineId: t.arg.id({ description: 'Runs of this pipeline alone.' }),
      statuses: t.arg({ type: [RunStatusEnum], required: false, description: 'Changes to one of these alone.' }),
    },
    subscribe: (_root, { tenantId: globalId, after, pipelineId, statuses }, context) => {
      const tenantId = requireTenantId(context.viewer.principal, globalId);
      const pipeline = pipelineId == null ? null : parseTenantNodeId('Pipeline', pipelineId);
      if (pipelineId != null && pipeline?.tenantId !== tenantId) throw notFound();
      return openChanges<RunChange>({
        context,
        source: runChangeSource,
        tenantId,
        after,
        isWanted: (change) =>
          (pipeline === null || change.pipelineId === pipeline.id) &&
          (statuses == null || statuses.includes(change.status)),
      });
    },
    resolve: (item: RunChangeItem) => item,
  }),
);

builder.subscriptionField('approvals', (t) =>
  t.field({
    type: ApprovalChangePayload,
    description: example(
      'What becomes of the approvals of a tenant: what was missed behind `after` first, then live, in order, once each. Changes are kept for a day.',
      '# waits\nsubscription { approvals(tenantId: "<tenant>") { ... on ApprovalChange { approvalId status cursor } } }',
    ),
    args: {
      tenantId: t.arg.id({ required: true, description: 'The tenant that is watched.' }),
      after: t.arg.string({ description: CHANGES_AFTER }),
      statuses: t.arg({ type: [ApprovalStatusEnum], required: false, description: 'Changes to one of these alone.' }),
    },
    subscribe: (_root, { tenantId: globalId, after, statuses }, context) =>
      openChanges<ApprovalChange>({
        context,
        source: approvalChangeSource,
        tenantId: requireTenantId(context.viewer.principal, globalId),
        after,
        isWanted: (change) => statuses == null || statuses.includes(change.status),
      }),
    resolve: (item: ApprovalChangeItem) => item,
  }),
);

builder.objectField(TenantRef, 'changesCursor', (t) =>
  t.string({
    description:
      'This moment, for `after` of `tenantRuns` and `approvals`: ask for it before the lists that they keep up to date.',
    resolve: async ({ id: tenantId }, _args, { session }) => {
      const place = await session.read(tenantId, 'run.read', readNow);
      return changeCursor({ tenantId, place, at: new Date() });
    },
  }),
);
