import { opaqueId } from '../../global-id.ts';
import { readAsOperator } from '../../marketplace/operator.ts';
import {
  APPEAL_STATUSES,
  type AppealStatus,
  countTakedowns,
  listTakedowns,
  type TakedownFilter,
  takedownKey,
  type TakedownRow,
} from '../../marketplace/moderation/takedown-rows.ts';
import { parsePage, toConnection } from '../../page.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { example } from '../example.ts';
import { TenantRef } from '../refs.ts';
import { describedEnum } from './described-enum.ts';
import { totalCount } from './list-order.ts';

const AppealStatusEnum = describedEnum<AppealStatus>('AppealStatus', {
  description: 'What became of an appeal.',
  values: APPEAL_STATUSES,
});

const AppealRef = builder
  .objectRef<TakedownRow & { readonly appeal: string; readonly appealStatus: AppealStatus }>('TakeDownAppeal')
  .implement({
    description: 'What the owner of a plugin says against a take-down, and what the operator of the platform answers.',
    fields: (t) => ({
      text: t.exposeString('appeal', { description: 'What the owner says. Plain text.' }),
      status: t.expose('appealStatus', { type: AppealStatusEnum, description: 'What became of it.' }),
      appealedAt: t.expose('appealedAt', { type: 'DateTime', nullable: true, description: 'When it came.' }),
      answer: t.exposeString('appealAnswer', { nullable: true, description: 'What the operator answers. Plain text.' }),
      decidedAt: t.expose('appealDecidedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was answered.',
      }),
    }),
  });

export const TakeDownRef = builder.objectRef<TakedownRow>('TakeDown').implement({
  description: 'A plugin, or one version of it, that the operator of the platform has taken out. Kept for ever.',
  fields: (t) => ({
    id: t.id({ resolve: ({ id }) => opaqueId('TakeDown', id) }),
    pluginName: t.exposeString('pluginName', { description: 'Name of the package: `@scope/name`.' }),
    version: t.exposeString('version', { nullable: true, description: 'Null: all of them, those to come too.' }),
    reason: t.exposeString('reason', { description: 'Why. Plain text.' }),
    takenDownAt: t.expose('takenDownAt', { type: 'DateTime', description: 'Since when.' }),
    liftedAt: t.expose('liftedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Until when; null while it stands.',
    }),
    appeal: t.field({
      type: AppealRef,
      nullable: true,
      description: 'What the owner says against it; null while it says nothing.',
      resolve: (takedown) => {
        const { appeal, appealStatus } = takedown;
        return appeal === null || appealStatus === null ? null : { ...takedown, appeal, appealStatus };
      },
    }),
  }),
});

builder.queryField('moderationTakeDowns', (t) =>
  t.connection(
    {
      type: TakeDownRef,
      description: example(
        'For the operator of the platform alone: what was taken down, the latest first.',
        '{ moderationTakeDowns(appealStatus: [OPEN]) { totalCount { count } nodes { pluginName version appeal { text } } } }',
      ),
      args: {
        isStanding: t.arg.boolean({ description: 'Only those that stand, or only those that were lifted.' }),
        appealStatus: t.arg({ type: [AppealStatusEnum], description: 'Only those with such an appeal.' }),
        pluginName: t.arg.string({ description: 'Only those of this plugin.' }),
      },
      complexity: connectionCost,
      resolve: async (_root, args, context) => {
        const filter: TakedownFilter = {
          tenantId: null,
          isStanding: args.isStanding ?? null,
          appealStatus: args.appealStatus ?? null,
          pluginName: args.pluginName ?? null,
        };
        const page = parsePage('moderationTakeDowns', args, 2, JSON.stringify(filter));
        const rows = await readAsOperator(context, (client) => listTakedowns(client, { filter, page }));
        const count = (max: number) => readAsOperator(context, (client) => countTakedowns(client, filter, max));
        return { ...toConnection(page, rows, takedownKey), count };
      },
    },
    {
      name: 'ModerationTakeDownConnection',
      fields: (connection) => ({ totalCount: totalCount(connection) }),
    },
    { name: 'ModerationTakeDownConnectionEdge' },
  ),
);

builder.objectField(TenantRef, 'takeDowns', (t) =>
  t.connection({
    type: TakeDownRef,
    description: 'What the operator of the platform has taken down of the plugins of this tenant, the latest first.',
    args: { isStanding: t.arg.boolean({ description: 'Only those that stand, or only those that were lifted.' }) },
    complexity: connectionCost,
    resolve: async ({ id: tenantId }, args, { session }) => {
      const isStanding = args.isStanding ?? null;
      const filter: TakedownFilter = { tenantId, isStanding, appealStatus: null, pluginName: null };
      const page = parsePage('takeDowns', args, 2, JSON.stringify(filter));
      const rows = await session.read(tenantId, 'plugin.read', (client) => listTakedowns(client, { filter, page }));
      return toConnection(page, rows, takedownKey);
    },
  }),
);
