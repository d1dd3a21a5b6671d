import { appendAudit } from '@ia-modules/database';
import { isTerminal, type Status } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { notFound, principalId, requireAccess } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import type { TenantKey } from '../loaders.ts';
import type { RunRow } from './run-rows.ts';

const MAX_REASON_LENGTH = 1_000;

/** Asks the worker to end a run; it is canceled when its events say so. Asking twice is no error. */
export const cancelRun = async (
  context: ApiContext,
  { tenantId, id, reason }: TenantKey & { readonly reason: string | null },
): Promise<RunRow> => {
  if (reason !== null && reason.length > MAX_REASON_LENGTH) {
    throw new PlatformError({
      code: 'IA_API_INVALID',
      message: `A reason has at most ${MAX_REASON_LENGTH} characters.`,
    });
  }
  requireAccess(context.viewer.principal, tenantId, 'run.read');
  await context.change(tenantId, 'run.cancel', async (tx, principal) => {
    const run = await tx.run.findUnique({ where: { tenantId_id: { tenantId, id } }, select: { status: true } });
    if (run === null) throw notFound();
    if (isTerminal(run.status as Status)) {
      throw new PlatformError({ code: 'IA_API_CONFLICT', message: `The run is over: its status is ${run.status}.` });
    }
    const asked = await tx.runCommand.findFirst({ where: { tenantId, runId: id, kind: 'cancel', consumedAt: null } });
    if (asked !== null) return;
    const requestedBy = principalId(principal);
    await tx.runCommand.create({ data: { tenantId, runId: id, kind: 'cancel', payload: { reason }, requestedBy } });
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'run.cancel',
      target: `run:${id}`,
      details: { reason },
    });
    await tx.$executeRaw`select pg_notify('run_inbox', '')`;
  });
  const run = await context.loaders.runs.load({ tenantId, id });
  if (run === null) throw notFound();
  return run;
};
