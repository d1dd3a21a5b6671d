import { appendAudit, type Permission, type Prisma, type Principal } from '@ia-modules/database';
import { isTerminal, type Status } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { InboxCommandKind, InboxPayload } from '@ia-modules/runtime-postgres';
import { notFound, principalId, requireAccess } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import type { TenantKey } from '../loaders.ts';
import { loadRun } from './run-history.ts';
import type { RunRow } from './run-rows.ts';

/** What a run may be told, as the worker reads it. */
export type InboxCommand = {
  [K in InboxCommandKind]: { readonly kind: K; readonly payload: InboxPayload[K] };
}[InboxCommandKind];

export type CommandRequest = TenantKey & {
  readonly command: InboxCommand;
  /** What the audit log says of it; payloads may be large or private, and stay out. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly action: string;
};

export const runIsOver = (status: Status): PlatformError =>
  new PlatformError({ code: 'IA_API_CONFLICT', message: `The run is over: its status is ${status}.` });

export type LiveRun = { readonly status: Status; readonly waitReason: string | null };

/** @throws PlatformError IA_API_NOT_FOUND, or IA_API_CONFLICT for a run that has ended */
export const findLiveRun = async (tx: Prisma.TransactionClient, { tenantId, id }: TenantKey): Promise<LiveRun> => {
  const run = await tx.run.findUnique({
    where: { tenantId_id: { tenantId, id } },
    select: { status: true, waitReason: true },
  });
  if (run === null) throw notFound();
  const status = run.status as Status;
  if (isTerminal(status)) throw runIsOver(status);
  return { status, waitReason: run.waitReason };
};

/** A worker holds what its runs have not answered in memory. */
const MAX_UNANSWERED = 1_000;
const MAX_LARGE_UNANSWERED = 64;
const LARGE_BYTES = 8 * 1_024;

const tooMany = (): PlatformError =>
  new PlatformError({
    code: 'IA_API_CONFLICT',
    message: 'The run has not answered what it was told before, and takes no more of it yet.',
    hint: 'Wait until it has begun or gone on, then ask again.',
  });

/** @throws PlatformError IA_API_CONFLICT for a run that was told too much; ending it is always possible */
const requireRoom = async (
  tx: Prisma.TransactionClient,
  id: string,
  { kind, payload }: InboxCommand,
): Promise<void> => {
  if (kind === 'cancel') return;
  const most = Buffer.byteLength(JSON.stringify(payload)) > LARGE_BYTES ? MAX_LARGE_UNANSWERED : MAX_UNANSWERED;
  const unanswered = await tx.$queryRaw<unknown[]>`
    select id from run_commands where run_id = ${id}::uuid and consumed_at is null limit ${most}`;
  if (unanswered.length >= most) throw tooMany();
};

/** Stores a command with its audit entry and wakes the worker, all in the caller's transaction. */
export const insertCommand = async (
  tx: Prisma.TransactionClient,
  principal: Principal,
  { tenantId, id, command, action, details }: CommandRequest,
): Promise<void> => {
  const { kind, payload } = command;
  await requireRoom(tx, id, command);
  const requestedBy = principalId(principal);
  await tx.runCommand.create({
    data: { tenantId, runId: id, kind, payload, requestedBy },
  });
  await appendAudit(tx, { tenantId, actor: auditActor(principal), action, target: `run:${id}`, details });
  await tx.$executeRaw`select pg_notify('run_inbox', '')`;
};

/** Tells a run that has not ended something; what comes of it, its events say. */
export const sendCommand = async (
  context: ApiContext,
  request: CommandRequest & { readonly permission: Permission },
): Promise<RunRow> => {
  const { tenantId, id, permission } = request;
  requireAccess(context.viewer.principal, tenantId, 'run.read');
  await context.change(tenantId, permission, async (tx, principal) => {
    await findLiveRun(tx, request);
    await insertCommand(tx, principal, request);
  });
  return loadRun(context, { tenantId, id });
};
