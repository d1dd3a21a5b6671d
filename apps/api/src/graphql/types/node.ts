import { PlatformError } from '@ia-modules/plugin-sdk';
import { brandWithType } from '@pothos/core';
import type { ApiContext } from '../../context.ts';
import { type GlobalId, parseGlobalId, type TenantNodeType } from '../../global-id.ts';
import type { OperationLoaders } from '../../operation-loaders.ts';
import { findPlugin } from '../../plugins/catalogue.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';

const MAX_NODES = 100;

const LOADER_OF_TYPE = {
  Pipeline: 'pipelines',
  PipelineVersion: 'pipelineVersions',
  Run: 'runs',
  Installation: 'installations',
  ApiToken: 'apiTokens',
  ServiceAccount: 'serviceAccounts',
  Member: 'members',
  Invitation: 'invitations',
  Approval: 'approvals',
  Schedule: 'schedules',
  Webhook: 'webhooks',
  EventTrigger: 'eventTriggers',
  Secret: 'secrets',
  BenchmarkReport: 'benchmarks',
  TenantExport: 'tenantExports',
  Rehearsal: 'rehearsals',
} as const satisfies Record<TenantNodeType, keyof OperationLoaders>;

const loadRow = (globalId: GlobalId, context: ApiContext): Promise<object | null> => {
  if (globalId.type === 'Plugin') return findPlugin(globalId.name, context);
  if (globalId.type === 'Tenant') return context.loaders.tenants.load({ tenantId: globalId.id, id: globalId.id });
  const { tenantId, id } = globalId;
  return context.loaders[LOADER_OF_TYPE[globalId.type]].load({ tenantId, id });
};

/** What a stranger, a guesser and a typo get is the same: null. */
const HIDDEN: ReadonlySet<string> = new Set(['IA_API_NOT_FOUND', 'IA_API_FORBIDDEN', 'IA_API_UNAUTHENTICATED']);

/** Null for what does not exist, or is nothing for the viewer to see. */
export const loadNode = async (id: string, context: ApiContext): Promise<object | null> => {
  const globalId = parseGlobalId(id);
  if (globalId === null) return null;
  try {
    const row = await loadRow(globalId, context);
    if (row !== null) brandWithType(row, globalId.type as never);
    return row;
  } catch (error) {
    if (error instanceof PlatformError && HIDDEN.has(error.code)) return null;
    throw error;
  }
};

builder.queryField('node', (t) =>
  t.field({
    type: builder.nodeInterfaceRef(),
    nullable: true,
    description: example(
      'Fetches an object by its global id; null when there is none that the viewer may see.',
      '{ node(id: "<run>") { __typename id ... on Run { status } } }',
    ),
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, context) => loadNode(id, context),
  }),
);

builder.queryField('nodes', (t) =>
  t.field({
    type: [builder.nodeInterfaceRef()],
    nullable: { list: false, items: true },
    description: example(
      `As \`node\`, for up to ${MAX_NODES} ids at once: the answers stand in the order of the ids.`,
      '{ nodes(ids: ["<pipeline>", "<run>"]) { __typename id } }',
    ),
    complexity: ({ ids }) => ({ field: 1, multiplier: Math.max(1, ids.length) }),
    args: { ids: t.arg.idList({ required: true, description: `Global ids, up to ${MAX_NODES}.` }) },
    resolve: (_root, { ids }, context) => {
      if (ids.length > MAX_NODES) {
        throw new PlatformError({ code: 'IA_API_INVALID', message: `At most ${MAX_NODES} ids at once.` });
      }
      return ids.map((id) => loadNode(id, context));
    },
  }),
);
