import { appendAudit, type Prisma } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { v7 as uuid } from 'uuid';
import { notFound, principalId, requireAccess } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import { type Findings, finding, requireNone } from '../findings.ts';
import type { TenantKey } from '../loaders.ts';
import { admitVersion, takesForeign } from '../plugins/admit-version.ts';
import type { RehearsalRow } from './rehearsal-rows.ts';

export type RehearsalRequest = {
  readonly tenantId: string;
  readonly name: string;
  /** A version, or a range that names its newest. */
  readonly toVersion: string;
  readonly pipelineId: string | null;
  readonly stepId: string | null;
  readonly contribution: string | null;
  readonly samples: number | null;
};

const DEFAULT_SAMPLES = 20;
const MAX_SAMPLES = 100;
const MAX_TEXT_LENGTH = 200;
const MAX_OPEN = 5;
const MAX_KEPT = 20;

/**
 * Asks for a rehearsal, which a worker does. It shows what runs were given and gave, to somebody who may change pipelines.
 *
 * @throws PlatformError IA_API_INVALID, IA_API_QUOTA when too many wait, IA_API_NOT_FOUND when the plugin is not installed, and what
 *   stands against the version
 */
export const requestRehearsal = async (context: ApiContext, request: RehearsalRequest): Promise<RehearsalRow> => {
  const { tenantId, name: pluginName } = request;
  requireAccess(context.viewer.principal, tenantId, 'run.read');
  requireNone(checkRequest(request));
  const isOpen = await takesForeign(context, tenantId);
  const id = await context.change(tenantId, 'pipeline.write', async (tx, principal) => {
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`rehearsals ${tenantId}`}, 0))`;
    const where = { tenantId_pluginName: { tenantId, pluginName } };
    if ((await tx.installation.findUnique({ where, select: { id: true } })) === null) throw notFound();
    if (request.pipelineId !== null) await requirePipeline(tx, { tenantId, id: request.pipelineId });
    const wanted = { tenantId, name: pluginName, version: request.toVersion, takesForeign: isOpen };
    const { version, integrity } = await admitVersion(context, tx, wanted);
    await makeRoom(tx, tenantId);
    const made = await tx.rehearsal.create({
      data: {
        id: uuid(),
        tenantId,
        pluginName,
        toVersion: version,
        toIntegrity: integrity,
        pipelineId: request.pipelineId,
        stepId: request.stepId,
        contribution: request.contribution,
        maxSamples: request.samples ?? DEFAULT_SAMPLES,
        requestedBy: principalId(principal),
      },
      select: { id: true },
    });
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'plugin.rehearse',
      target: `plugin:${pluginName}`,
      details: { rehearsalId: made.id, toVersion: version },
    });
    return made.id;
  });
  return readRehearsal(context, { tenantId, id });
};

/** Ends a rehearsal that is not over yet. What it has found until then stays. */
export const cancelRehearsal = async (context: ApiContext, { tenantId, id }: TenantKey): Promise<RehearsalRow> => {
  requireAccess(context.viewer.principal, tenantId, 'run.read');
  await context.change(tenantId, 'pipeline.write', async (tx, principal) => {
    const found = await tx.rehearsal.findUnique({
      where: { tenantId_id: { tenantId, id } },
      select: { pluginName: true },
    });
    if (found === null) throw notFound();
    const { count } = await tx.rehearsal.updateMany({
      where: { tenantId, id, status: { in: ['pending', 'running'] } },
      data: { status: 'canceled', finishedAt: new Date() },
    });
    if (count === 0) return;
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'plugin.cancel_rehearsal',
      target: `plugin:${found.pluginName}`,
      details: { rehearsalId: id },
    });
  });
  return readRehearsal(context, { tenantId, id });
};

const readRehearsal = async ({ loaders }: ApiContext, key: TenantKey): Promise<RehearsalRow> => {
  const row = await loaders.rehearsals.clear(key).load(key);
  if (row === null) throw notFound();
  return row;
};

const checkRequest = ({ samples, stepId, contribution }: RehearsalRequest): Findings => [
  ...(samples === null || (samples >= 1 && samples <= MAX_SAMPLES)
    ? []
    : [finding('samples', `A rehearsal takes 1 to ${MAX_SAMPLES} samples.`)]),
  ...Object.entries({ stepId, contribution }).flatMap(([path, text]) =>
    text === null || (text !== '' && text.length <= MAX_TEXT_LENGTH)
      ? []
      : [finding(path, `A name has 1 to ${MAX_TEXT_LENGTH} characters.`)],
  ),
];

const requirePipeline = async (tx: Prisma.TransactionClient, key: TenantKey): Promise<void> => {
  const found = await tx.pipeline.findUnique({ where: { tenantId_id: key }, select: { id: true } });
  if (found === null) throw notFound();
};

/** Keeps the newest: what is over and stands in the way goes. */
const makeRoom = async (tx: Prisma.TransactionClient, tenantId: string): Promise<void> => {
  const open = await tx.rehearsal.count({ where: { tenantId, status: { in: ['pending', 'running'] } } });
  if (open >= MAX_OPEN) {
    throw new PlatformError({
      code: 'IA_API_QUOTA',
      message: `In a tenant, at most ${MAX_OPEN} rehearsals wait or run.`,
      hint: 'Wait for one to end, or cancel one: `Tenant.rehearsals` lists them.',
    });
  }
  const ended = await tx.rehearsal.findMany({
    where: { tenantId, status: { notIn: ['pending', 'running'] } },
    orderBy: [{ requestedAt: 'desc' }, { id: 'desc' }],
    skip: Math.max(MAX_KEPT - open - 1, 0),
    select: { id: true },
  });
  if (ended.length > 0) await tx.rehearsal.deleteMany({ where: { tenantId, id: { in: ended.map(({ id }) => id) } } });
};
