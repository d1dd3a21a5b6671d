import { checkHistoryDays, readTenantUsage, readUsageHistory, type TenantUsage } from '../../tenants/tenant-usage.ts';
import { builder } from '../builder.ts';
import { QuotaUseRef, TenantRef, TenantUsageRef, UsageDayRef } from '../refs.ts';

QuotaUseRef.implement({
  description: 'How much of something a tenant uses, beside what it may.',
  fields: (t) => ({
    used: t.exposeFloat('used', { description: 'A whole number.' }),
    limit: t.exposeFloat('limit', { nullable: true, description: 'Null: as much as there is.' }),
    resetsAt: t.expose('resetsAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it counts from zero again; null for what only gets less when something is removed.',
    }),
  }),
});

const DESCRIPTIONS: { readonly [K in keyof TenantUsage]: string } = {
  runsToday: 'Runs started on this day of UTC. Sub-pipelines are parts of runs and do not count.',
  eventsToday: 'Events that runs wrote on this day of UTC.',
  storageBytes: 'Bytes of logs, exact, and of large values, as they were last measured.',
  plugins: 'Installed plugins.',
  pipelines: 'Pipelines that are not archived.',
  members: 'Members; open invitations take a place of the limit as well.',
  concurrentRuns: 'Runs that work now. Over the limit, runs wait for their turn.',
};

TenantUsageRef.implement({
  description: 'What a tenant uses now, and how much of it is left.',
  fields: (t) => {
    const use = (name: keyof TenantUsage) => t.expose(name, { type: QuotaUseRef, description: DESCRIPTIONS[name] });
    return {
      runsToday: use('runsToday'),
      eventsToday: use('eventsToday'),
      storageBytes: use('storageBytes'),
      plugins: use('plugins'),
      pipelines: use('pipelines'),
      members: use('members'),
      concurrentRuns: use('concurrentRuns'),
    };
  },
});

UsageDayRef.implement({
  description: 'What a tenant used on one day of UTC.',
  fields: (t) => ({
    day: t.expose('day', { type: 'DateTime', description: 'Its beginning.' }),
    runs: t.exposeFloat('runs', { description: 'Runs started, sub-pipelines apart.' }),
    events: t.exposeFloat('events', { description: 'Events written.' }),
    bytesWritten: t.exposeFloat('bytesWritten', { description: 'Bytes of events and log lines.' }),
    bytesRemoved: t.exposeFloat('bytesRemoved', { description: 'Bytes of those that were removed.' }),
  }),
});

builder.objectField(TenantRef, 'usage', (t) =>
  t.field({
    type: TenantUsageRef,
    description: 'What the tenant uses now, each with its limit.',
    resolve: ({ id }, _args, { session }) => session.read(id, 'usage.read', (client) => readTenantUsage(client, id)),
  }),
);

builder.objectField(TenantRef, 'usageHistory', (t) =>
  t.field({
    type: [UsageDayRef],
    description: 'What the tenant used on the last days, today first.',
    args: { days: t.arg.int({ defaultValue: 30, description: 'From 1 to 366.' }) },
    complexity: { field: 10, multiplier: 1 },
    resolve: ({ id: tenantId }, args, { session }) => {
      const days = args.days ?? 30;
      checkHistoryDays(days);
      return session.read(tenantId, 'usage.read', (client) => readUsageHistory(client, { tenantId, days }));
    },
  }),
);
