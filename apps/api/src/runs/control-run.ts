import type { Permission, Prisma, Principal } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { requireAccess } from '../access.ts';
import type { ApiContext } from '../context.ts';
import type { TenantKey } from '../loaders.ts';
import { loadRun } from './run-history.ts';
import type { RunRow } from './run-rows.ts';
import { findLiveRun, insertCommand, type LiveRun } from './send-command.ts';

const MAX_REASON_LENGTH = 1_000;

export const CONTROL_ACTIONS = ['cancel', 'pause', 'resume'] as const;
export type ControlAction = (typeof CONTROL_ACTIONS)[number];

export type ControlRequest = TenantKey & { readonly action: ControlAction; readonly reason: string | null };

export const CONTROL_PERMISSIONS: Readonly<Record<ControlAction, Permission>> = {
  cancel: 'run.cancel',
  pause: 'run.control',
  resume: 'run.control',
};

/** @throws PlatformError IA_API_INVALID */
export const checkReason = (reason: string | null): void => {
  if (reason === null || reason.length <= MAX_REASON_LENGTH) return;
  throw new PlatformError({ code: 'IA_API_INVALID', message: `A reason has at most ${MAX_REASON_LENGTH} characters.` });
};

const HELD: ReadonlySet<string | null> = new Set(['paused', 'breakpoint', 'budget']);

/** The last of these in a log says whether the run is held: what holds it, and what lets it go on. */
const HOLDING = ['pause_requested', 'breakpoint_hit', 'budget_exceeded'];
const RELEASING = ['resume_requested', 'budget_raised', 'debug_command'];

/** A run that is held while its tasks end still shows as running: its log knows. */
const lastHold = async (tx: Prisma.TransactionClient, { id }: TenantKey): Promise<string | null> => {
  const rows = await tx.$queryRaw<{ type: string }[]>`
    select event.value ->> 'type' as type
    from run_event_chunks c cross join lateral json_array_elements(c.events) with ordinality as event (value, place)
    where c.run_id = ${id}::uuid and event.value ->> 'type' = any(${[...HOLDING, ...RELEASING]})
    order by c.first_seq desc, event.place desc limit 1`;
  return rows[0]?.type ?? null;
};

/** The last thing of these kinds that the run was told and has not heard yet. */
const lastAsked = async (tx: Prisma.TransactionClient, { tenantId, id }: TenantKey): Promise<string | null> => {
  const asked = await tx.runCommand.findFirst({
    where: { tenantId, runId: id, kind: { in: ['pause', 'resume'] }, consumedAt: null },
    orderBy: { id: 'desc' },
    select: { kind: true },
  });
  return asked?.kind ?? null;
};

const isCancelAsked = async (tx: Prisma.TransactionClient, { tenantId, id }: TenantKey): Promise<boolean> =>
  (await tx.runCommand.findFirst({
    where: { tenantId, runId: id, kind: 'cancel', consumedAt: null },
    select: { id: true },
  })) !== null;

const isPaused = async (tx: Prisma.TransactionClient, key: TenantKey, run: LiveRun): Promise<boolean> => {
  const asked = await lastAsked(tx, key);
  if (asked !== null) return asked === 'pause';
  if (run.status === 'pending') return false;
  return run.waitReason === 'paused' || (await lastHold(tx, key)) === 'pause_requested';
};

const requireHeld = async (tx: Prisma.TransactionClient, key: TenantKey, run: LiveRun): Promise<void> => {
  if (HELD.has(run.waitReason) || (await lastAsked(tx, key)) === 'pause') return;
  const last = await lastHold(tx, key);
  if (last !== null && HOLDING.includes(last)) return;
  throw new PlatformError({
    code: 'IA_API_CONFLICT',
    message: 'Nothing holds the run: it is not paused, at no breakpoint and within its budget.',
    hint: '`Run.waiting` says what it waits for.',
  });
};

/** Tells whether there is something to ask for: what was asked already is not asked twice. */
const isDue = async (tx: Prisma.TransactionClient, request: ControlRequest): Promise<boolean> => {
  const run = await findLiveRun(tx, request);
  if (request.action === 'cancel') return !(await isCancelAsked(tx, request));
  if (request.action === 'pause') return !(await isPaused(tx, request, run));
  if ((await lastAsked(tx, request)) === 'resume') return false;
  await requireHeld(tx, request, run);
  return true;
};

/** The same as {@link controlRun} in a transaction of the caller. Its refusals come before anything is stored. */
export const controlInTransaction = async (
  tx: Prisma.TransactionClient,
  principal: Principal,
  request: ControlRequest,
): Promise<void> => {
  if (!(await isDue(tx, request))) return;
  const { tenantId, id, action, reason } = request;
  const command =
    action === 'cancel' ? ({ kind: action, payload: { reason } } as const) : ({ kind: action, payload: {} } as const);
  const details = { reason };
  await insertCommand(tx, principal, { tenantId, id, command, action: `run.${action}`, details });
};

/** Asks the worker to end, hold or go on with a run; its events say when it did. Asking twice is no error. */
export const controlRun = async (context: ApiContext, request: ControlRequest): Promise<RunRow> => {
  checkReason(request.reason);
  const { tenantId, id, action } = request;
  requireAccess(context.viewer.principal, tenantId, 'run.read');
  await context.change(tenantId, CONTROL_PERMISSIONS[action], (tx, principal) =>
    controlInTransaction(tx, principal, request),
  );
  return loadRun(context, { tenantId, id });
};
