import { type AuditActor, type AuditOrigin, type AuditVerification, can } from '@ia-modules/database';
import type { Json } from '@ia-modules/engine';
import { type AuditFilter, type AuditRow, contentOf, listAudit } from '../../audit/audit-rows.ts';
import { checkAudit, MAX_CHECKED_ENTRIES } from '../../audit/check-audit.ts';
import type { ApiContext } from '../../context.ts';
import { parseGlobalId, tenantGlobalId, type TenantNodeType, tenantNodeId } from '../../global-id.ts';
import { parsePage, toConnection } from '../../page.ts';
import { builder } from '../builder.ts';
import { connectionCost } from '../connection-cost.ts';
import { ApiTokenRef, ServiceAccountRef, TenantRef, UserRef } from '../refs.ts';
import { loadNode } from './node.ts';

/** Checking reads and hashes up to so many entries. */
const CHECK_COST = 500;

const NODE_OF_TARGET: Readonly<Record<string, TenantNodeType>> = {
  pipeline: 'Pipeline',
  run: 'Run',
  token: 'ApiToken',
  service_account: 'ServiceAccount',
  schedule: 'Schedule',
  webhook: 'Webhook',
  event_trigger: 'EventTrigger',
};

type Acted = { readonly tenantId: string; readonly actor: AuditActor };

const KIND_DESCRIPTIONS = {
  user: 'A person, signed in.',
  token: 'A person, through an API token.',
  service: 'A service account, through an API token.',
  system: 'A part of the platform.',
} as const satisfies Readonly<Record<AuditActor['kind'], string>>;

const AuditActorKindEnum = builder.enumType('AuditActorKind', {
  description: 'What kind of actor did something.',
  values: {
    user: { value: 'user', description: KIND_DESCRIPTIONS.user },
    token: { value: 'token', description: KIND_DESCRIPTIONS.token },
    service: { value: 'service', description: KIND_DESCRIPTIONS.service },
    system: { value: 'system', description: KIND_DESCRIPTIONS.system },
  } as const,
});

const userIdOf = (actor: AuditActor): string | null => ('userId' in actor ? actor.userId : null);

const AuditActorRef = builder.objectRef<Acted>('AuditActor').implement({
  description: 'Who did something. Ids stay when the user, token or account has gone.',
  fields: (t) => ({
    kind: t.field({
      type: AuditActorKindEnum,
      description: 'What kind of actor it is.',
      resolve: ({ actor }) => actor.kind,
    }),
    userId: t.string({
      nullable: true,
      description: 'The person, also for one of their tokens.',
      resolve: ({ actor }) => userIdOf(actor),
    }),
    user: t.field({
      type: UserRef,
      nullable: true,
      description: 'The person; null once they left the tenant.',
      resolve: ({ tenantId, actor }, _args, { loaders }) => {
        const id = userIdOf(actor);
        return id === null ? null : loaders.auditUsers.load({ tenantId, id });
      },
    }),
    token: t.field({
      type: ApiTokenRef,
      nullable: true,
      description: 'The token that was used, where the viewer may see it.',
      resolve: ({ tenantId, actor }, _args, { loaders, viewer: { principal } }) =>
        'tokenId' in actor && principal !== null && can(principal, tenantId, 'token.read')
          ? loaders.apiTokens.load({ tenantId, id: actor.tokenId })
          : null,
    }),
    serviceAccount: t.field({
      type: ServiceAccountRef,
      nullable: true,
      description: 'The service account that it was done for, where the viewer may see it.',
      resolve: ({ tenantId, actor }, _args, { loaders, viewer: { principal } }) =>
        actor.kind === 'service' && principal !== null && can(principal, tenantId, 'serviceAccount.read')
          ? loaders.serviceAccounts.load({ tenantId, id: actor.serviceAccountId })
          : null,
    }),
    part: t.string({
      nullable: true,
      description: 'Which part of the platform it was.',
      resolve: ({ actor }) => (actor.kind === 'system' ? actor.part : null),
    }),
  }),
});

const AuditOriginRef = builder.objectRef<AuditOrigin>('AuditOrigin').implement({
  description: 'From where a request came.',
  fields: (t) => ({
    address: t.string({
      nullable: true,
      description: 'The address that the connection came from.',
      resolve: ({ address }) => address ?? null,
    }),
    userAgent: t.string({
      nullable: true,
      description: 'What the program says that it is.',
      resolve: ({ userAgent }) => userAgent ?? null,
    }),
    requestId: t.string({
      nullable: true,
      description: "The request's id, which the log has as well.",
      resolve: ({ requestId }) => requestId ?? null,
    }),
  }),
});

const globalIdOfTarget = ({ tenantId, target }: AuditRow): string | null => {
  const separator = target.indexOf(':');
  const [noun, id] = [target.slice(0, separator), target.slice(separator + 1)];
  if (noun === 'tenant') return tenantGlobalId(id);
  const type = NODE_OF_TARGET[noun];
  return type === undefined ? null : tenantNodeId(type, { tenantId, id });
};

const nodeOfTarget = async (row: AuditRow, context: ApiContext): Promise<object | null> => {
  const id = globalIdOfTarget(row);
  return id === null ? null : loadNode(id, context);
};

const AuditEntryRef = builder.objectRef<AuditRow>('AuditEntry').implement({
  description:
    'One change of a tenant. Each entry holds the hash of the one before: none can be changed or left out unnoticed.',
  fields: (t) => ({
    seq: t.exposeInt('seq', { description: 'Its place in the log, from 1 on without gaps.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it was done.' }),
    actor: t.field({ type: AuditActorRef, description: 'Who did it.', resolve: (row) => row }),
    action: t.exposeString('action', { description: 'What was done, e.g. `pipeline.update`.' }),
    target: t.exposeString('target', { description: 'What it was done to, e.g. `pipeline:<id>`.' }),
    node: t.field({
      type: builder.nodeInterfaceRef(),
      nullable: true,
      description: 'What it was done to, as far as it still exists and the viewer may see it.',
      resolve: (row, _args, context) => nodeOfTarget(row, context),
    }),
    before: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What was changed, as it was. Secrets, tokens and payloads are never in it.',
      resolve: ({ details }) => details['before'] ?? null,
    }),
    after: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What was changed, as it is since.',
      resolve: ({ details }) => details['after'] ?? null,
    }),
    details: t.field({
      type: 'JSON',
      description: 'What else is known about it.',
      resolve: ({ details: { before: _before, after: _after, ...details } }) => details,
    }),
    origin: t.expose('origin', {
      type: AuditOriginRef,
      nullable: true,
      description: 'From where it was asked for; null for what the platform did by itself.',
    }),
    hash: t.exposeString('hash', { description: 'sha256 of `content` in its canonical form, in hex.' }),
    previousHash: t.exposeString('previousHash', { description: 'The hash of the entry before; zeros for the first.' }),
    content: t.field({
      type: 'JSON',
      description: 'All that the hash covers, as `ia-modules audit export` writes it.',
      resolve: (row): Json => contentOf(row) as unknown as Json,
    }),
  }),
});

const AuditFilterInput = builder.inputType('AuditFilter', {
  description: 'Which entries a list shows; all that are named must hold.',
  fields: (t) => ({
    actor: t.id({ description: 'Those of a user, an API token or a service account, by its id.' }),
    action: t.string({ description: 'Those whose action begins so: `pipeline.` or `token.revoke`.' }),
    target: t.string({ description: 'Those about one thing, as `pipeline:<id>` or by its global id.' }),
    from: t.field({ type: 'DateTime', description: 'Those of this time and later.' }),
    to: t.field({ type: 'DateTime', description: 'Those before this time.' }),
  }),
});

const actorIdOf = (text: string): string => {
  const id = parseGlobalId(text);
  return id?.type === 'ApiToken' || id?.type === 'ServiceAccount' ? id.id : text;
};

const targetOf = (text: string): string => {
  const id = parseGlobalId(text);
  if (id === null) return text;
  if (id.type === 'Plugin') return `plugin:${id.name}`;
  if (id.type === 'Tenant') return `tenant:${id.id}`;
  const noun = Object.keys(NODE_OF_TARGET).find((key) => NODE_OF_TARGET[key] === id.type) ?? id.type.toLowerCase();
  return `${noun}:${id.id}`;
};

builder.objectField(TenantRef, 'auditLog', (t) =>
  t.connection({
    type: AuditEntryRef,
    description: 'Who changed what, when, and from where: the newest first.',
    args: { filter: t.arg({ type: AuditFilterInput, description: 'Which ones; all, when left out.' }) },
    complexity: connectionCost,
    resolve: async ({ id: tenantId }, args, { session }) => {
      const given = args.filter;
      const filter: AuditFilter = {
        actor: typeof given?.actor === 'string' ? actorIdOf(given.actor) : null,
        action: given?.action ?? null,
        target: typeof given?.target === 'string' ? targetOf(given.target) : null,
        from: given?.from ?? null,
        to: given?.to ?? null,
      };
      const page = parsePage('auditLog', args, 1, `${tenantId}:${JSON.stringify(filter)}`);
      const rows = await session.read(tenantId, 'audit.read', (client) =>
        listAudit(client, { tenantId, filter, page }),
      );
      return toConnection(page, rows, (row) => [row.seq]);
    },
  }),
);

const AuditBreakReasonEnum = builder.enumType('AuditBreakReason', {
  description: 'Why the chain of an audit log does not hold.',
  values: {
    gap: { value: 'gap', description: 'Entries are missing before this one.' },
    order: { value: 'order', description: 'It stands where it does not belong.' },
    chain: { value: 'chain', description: 'It does not follow the entry before.' },
    content: { value: 'content', description: 'It was changed.' },
    end: { value: 'end', description: 'The log does not end where it should.' },
  } as const,
});

const AuditVerificationRef = builder.objectRef<AuditVerification>('AuditVerification').implement({
  description: 'Whether the audit log, or a part of it, is as it was written.',
  fields: (t) => ({
    isIntact: t.exposeBoolean('isIntact', { description: 'Whether every entry that was checked is right.' }),
    isComplete: t.boolean({
      description: 'Whether the end of the log was reached; if not, go on behind `lastSeq`.',
      resolve: (found) => found.isIntact && found.isComplete,
    }),
    entries: t.int({
      description: 'How many entries were checked and are right; 0 when one is wrong.',
      resolve: (found) => (found.isIntact ? found.entries : 0),
    }),
    lastSeq: t.int({
      nullable: true,
      description: 'The last entry that was checked.',
      resolve: (found) => (found.isIntact ? Number(found.lastSeq) : null),
    }),
    lastHash: t.string({
      nullable: true,
      description: 'Its hash: noted somewhere else, it shows later that nothing up to it was rewritten.',
      resolve: (found) => (found.isIntact ? found.lastHash : null),
    }),
    brokenAtSeq: t.int({
      nullable: true,
      description: 'The first entry that is wrong or missing.',
      resolve: (found) => (found.isIntact ? null : Number(found.brokenAtSeq)),
    }),
    reason: t.field({
      type: AuditBreakReasonEnum,
      nullable: true,
      description: 'What is wrong with it.',
      resolve: (found) => (found.isIntact ? null : found.reason),
    }),
  }),
});

builder.objectField(TenantRef, 'auditVerification', (t) =>
  t.field({
    type: AuditVerificationRef,
    description: `Checks the audit log from its beginning, or a part of it: up to ${MAX_CHECKED_ENTRIES} entries at once.`,
    args: {
      fromSeq: t.arg.int({ description: 'The first entry to check; 1, when left out.' }),
      previousHash: t.arg.string({ description: 'The hash of the entry before that, as an earlier check gave it.' }),
      limit: t.arg.int({ description: `How many at most; ${MAX_CHECKED_ENTRIES}, when left out.` }),
    },
    complexity: { field: CHECK_COST, multiplier: 1 },
    resolve: ({ id: tenantId }, { fromSeq, previousHash, limit }, context) =>
      checkAudit(context, {
        tenantId,
        fromSeq: fromSeq ?? 1,
        previousHash: previousHash ?? null,
        limit: limit ?? MAX_CHECKED_ENTRIES,
      }),
  }),
);
