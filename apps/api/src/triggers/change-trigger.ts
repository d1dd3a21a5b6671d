import { appendAudit, Prisma, type Principal } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { notFound, requireAccess } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import { changeOnce, type OnceRequest } from '../idempotency.ts';
import type { TenantKey } from '../loaders.ts';
import { fetchTriggers, type TriggerRow, type TriggerTable } from './trigger-rows.ts';

export const MAX_TRIGGERS_PER_TENANT = 1_000;

/** The parts of Prisma that the three kinds of triggers share. */
type TriggerDelegate = {
  count(query: { where: { tenantId: string } }): Promise<number>;
  deleteMany(query: { where: { tenantId: string; id: string } }): Promise<{ count: number }>;
};

export type TriggerKind<Row extends TriggerRow> = {
  /** As it stands in messages and in the audit log: `schedule`. */
  readonly noun: 'schedule' | 'webhook' | 'eventTrigger';
  readonly table: TriggerTable<Row>;
  readonly delegateOf: (tx: Prisma.TransactionClient) => TriggerDelegate;
};

export type TriggerChange = {
  readonly key: TenantKey;
  readonly action: 'create' | 'update' | 'delete' | 'rotate_secret';
  readonly details: Readonly<Record<string, unknown>>;
  readonly apply: (tx: Prisma.TransactionClient, principal: Principal) => Promise<unknown>;
  /** Of a creation that its caller may repeat. */
  readonly once?: Pick<OnceRequest, 'key' | 'request' | 'isShownOnce'>;
};

const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';

const isNothingUpdated = (error: unknown): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2025';

const nameTaken = (): PlatformError =>
  new PlatformError({
    code: 'IA_API_CONFLICT',
    message: 'The pipeline has one with this name already.',
    hint: 'Choose another name.',
  });

const tooMany = (): PlatformError =>
  new PlatformError({
    code: 'IA_API_CONFLICT',
    message: `A tenant has at most ${MAX_TRIGGERS_PER_TENANT} of each kind of trigger.`,
    hint: 'Delete some that are not needed any more.',
  });

/** Settings for the audit log, which anyone who reads it may see: parameters can be large, or nobody's business. */
export const withoutParameters = <Settings extends { readonly parameters?: unknown }>({
  parameters: _left,
  ...settings
}: Settings): Omit<Settings, 'parameters'> => settings;

/** What a change replaces and by what, for the audit log. That the parameters are others is said, not what they are. */
export const changeDetails = (
  current: object,
  changes: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> => {
  const names = Object.keys(changes).filter((name) => name !== 'parameters');
  return {
    before: Object.fromEntries(names.map((name) => [name, Reflect.get(current, name)])),
    after: Object.fromEntries(names.map((name) => [name, changes[name]])),
    ...('parameters' in changes && { hasOtherParameters: true }),
  };
};

/**
 * Applies one change to a trigger, with its entry in the audit log, and wakes whoever waits for the next time. Answers the id
 * of the trigger: of a repeated request, the one that the first has made.
 */
export const changeTrigger = async <Row extends TriggerRow>(
  context: ApiContext,
  { noun, delegateOf }: TriggerKind<Row>,
  { key, action, details, apply, once }: TriggerChange,
): Promise<string> => {
  const { tenantId, id } = key;
  // Before anything is stored: a caller that may not see the answer would take the change for refused.
  requireAccess(context.viewer.principal, tenantId, 'trigger.read');
  try {
    const request = {
      key: null,
      request: null,
      ...once,
      tenantId,
      permission: 'trigger.write',
      operation: `${noun}.${action}`,
    } as const;
    return await changeOnce(context, request, async (tx, principal) => {
      // The entry comes first: its lock lets one change of the tenant at a time count what there is.
      const actor = auditActor(principal);
      await appendAudit(tx, { tenantId, actor, action: `${noun}.${action}`, target: `${noun}:${id}`, details });
      if (action === 'create' && (await delegateOf(tx).count({ where: { tenantId } })) >= MAX_TRIGGERS_PER_TENANT) {
        throw tooMany();
      }
      await apply(tx, principal);
      await tx.$executeRaw`select pg_notify('run_inbox', 'triggers')`;
      return id;
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw nameTaken();
    throw isNothingUpdated(error) ? notFound() : error;
  }
};

/** @throws PlatformError IA_API_NOT_FOUND */
export const readTrigger = async <Row extends TriggerRow>(
  { session }: ApiContext,
  { table }: TriggerKind<Row>,
  { tenantId, id }: TenantKey,
): Promise<Row> => {
  const [row] = await session.read(tenantId, 'trigger.read', (client) => fetchTriggers(client, table, [id]));
  if (row === undefined) throw notFound();
  return row;
};

/** The runs that a trigger started stay. */
export const deleteTrigger = async <Row extends TriggerRow>(
  context: ApiContext,
  kind: TriggerKind<Row>,
  key: TenantKey,
): Promise<void> => {
  const { name, pipelineId } = await readTrigger(context, kind, key);
  await changeTrigger(context, kind, {
    key,
    action: 'delete',
    details: { before: { name, pipelineId } },
    apply: async (tx) => {
      const { count } = await kind.delegateOf(tx).deleteMany({ where: { tenantId: key.tenantId, id: key.id } });
      if (count === 0) throw notFound();
    },
  });
};
