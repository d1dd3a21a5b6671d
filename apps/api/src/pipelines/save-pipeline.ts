import { appendAudit, Prisma, type Principal } from '@ia-modules/database';
import type { Diagnostic, Json } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { v7 as uuid } from 'uuid';
import { notFound, principalId } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import { changeOnce, type Repeatable } from '../idempotency.ts';
import type { TenantKey } from '../loaders.ts';
import { holdInstallations } from '../plugins/lock-installations.ts';
import { fetchPipelines, fetchPipelineVersions, type PipelineRow, type PipelineVersionRow } from './pipeline-rows.ts';
import {
  type CheckedDefinition,
  checkTenantDefinition,
  type PreparedDefinition,
  requirePrepared,
} from './prepare-definition.ts';

export type SavedPipeline = {
  readonly pipeline: PipelineRow;
  readonly dryRun: boolean;
  readonly diagnostics: readonly Diagnostic[];
};

const conflict = (message: string, hint: string, currentVersion?: number): PlatformError =>
  new PlatformError({ code: 'IA_API_CONFLICT', message, hint, details: { currentVersion } });

const nameTaken = (name: string): PlatformError =>
  conflict(`A pipeline called "${name}" exists already.`, 'Choose another name, or update that pipeline.');

const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';

/** Without a version of the author's, each save gets one from the revision: `0.<revision>.0`. */
const versionOf = ({ definition }: PreparedDefinition, revision: number): string =>
  definition.version ?? `0.${revision}.0`;

type VersionInit = {
  readonly key: TenantKey;
  readonly revision: number;
  readonly prepared: PreparedDefinition;
  readonly createdBy: string;
  readonly now: Date;
};

const newVersion = ({ key, revision, prepared, createdBy, now }: VersionInit): PipelineVersionRow => ({
  id: uuid(),
  tenantId: key.tenantId,
  pipelineId: key.id,
  revision,
  version: versionOf(prepared, revision),
  definition: prepared.definition as unknown as Json,
  resolvedPlugins: prepared.resolvedPlugins,
  createdBy,
  createdAt: now,
});

/** A definition was checked before its transaction began: its plugins may have gone since, or become others. */
const requireInstalled = async (tx: Prisma.TransactionClient, version: PipelineVersionRow): Promise<void> => {
  const { tenantId, resolvedPlugins } = version;
  const pinned = Object.values(resolvedPlugins);
  if (pinned.length === 0) return;
  await holdInstallations(tx, tenantId);
  const rows = await tx.installedVersion.findMany({
    where: { tenantId, pluginName: { in: pinned.map(({ name }) => name) } },
    select: { pluginName: true, version: true, integrity: true },
  });
  const gone = pinned.find(
    (pin) =>
      !rows.some(
        ({ pluginName, version: installed, integrity }) =>
          pluginName === pin.name && installed === pin.version && integrity === pin.integrity,
      ),
  );
  if (gone === undefined) return;
  throw conflict(`The plugin ${gone.name} was removed or changed meanwhile.`, 'Save the pipeline again.');
};

const insertVersion = async (
  tx: Prisma.TransactionClient,
  version: PipelineVersionRow,
  prepared: PreparedDefinition,
) => {
  await requireInstalled(tx, version);
  return tx.pipelineVersion.create({
    data: {
      ...version,
      definition: version.definition as Prisma.InputJsonValue,
      resolvedPlugins: version.resolvedPlugins,
      contentHash: prepared.contentHash,
      secretNames: [...prepared.secretNames],
    },
  });
};

/** What the audit log keeps of a version: the definition itself stays in the version, which never changes. */
const auditedVersion = ({ revision, version }: Pick<PipelineRow, 'revision' | 'version'>, name: string) => ({
  name,
  revision,
  version,
});

type AuditedSave = {
  readonly action: string;
  readonly before: Prisma.InputJsonObject | null;
  readonly after: Prisma.InputJsonObject;
};

const auditSave = (
  tx: Prisma.TransactionClient,
  principal: Principal,
  { version, action, before, after }: AuditedSave & { readonly version: PipelineVersionRow },
) =>
  appendAudit(tx, {
    tenantId: version.tenantId,
    actor: auditActor(principal),
    action,
    target: `pipeline:${version.pipelineId}`,
    details: { before, after },
  });

const check = ({ session }: ApiContext, tenantId: string, source: Json): Promise<CheckedDefinition> =>
  checkTenantDefinition(session, { tenantId, permission: 'pipeline.write', source });

const withVersion = (
  pipeline: Omit<PipelineRow, 'version' | 'revision' | 'latestVersionId'>,
  version: PipelineVersionRow,
): PipelineRow => ({
  ...pipeline,
  version: version.version,
  revision: version.revision,
  latestVersionId: version.id,
});

export type CreatePipelineRequest = { readonly tenantId: string; readonly definition: Json; readonly dryRun: boolean };

export const createPipeline = async (
  context: ApiContext,
  request: CreatePipelineRequest,
  { idempotencyKey }: Repeatable = {},
): Promise<SavedPipeline> => {
  const { tenantId, dryRun } = request;
  const checked = await check(context, tenantId, request.definition);
  const prepared = requirePrepared(checked);
  const { name } = prepared.definition;
  const now = new Date();
  const key = { tenantId, id: uuid() };
  const draft = { ...key, name, archivedAt: null, maxConcurrentRuns: null, createdAt: now, updatedAt: now };
  const save = async (tx: Prisma.TransactionClient, principal: Principal): Promise<PipelineVersionRow> => {
    const createdBy = principalId(principal);
    const version = newVersion({ key, revision: 1, prepared, createdBy, now });
    const taken = await tx.pipeline.findUnique({ where: { tenantId_name: { tenantId, name } }, select: { id: true } });
    if (taken !== null) throw nameTaken(name);
    if (dryRun) return version;
    await tx.pipeline.create({ data: { ...draft, revision: 1, createdBy } });
    await insertVersion(tx, version, prepared);
    const after = auditedVersion(version, name);
    await auditSave(tx, principal, { version, action: 'pipeline.create', before: null, after });
    return version;
  };
  const once = {
    tenantId,
    permission: 'pipeline.write',
    operation: 'createPipeline',
    key: dryRun ? null : (idempotencyKey ?? null),
    request: request.definition,
  } as const;
  const made: { version?: PipelineVersionRow } = {};
  const change = async (tx: Prisma.TransactionClient, principal: Principal): Promise<string> => {
    made.version = await save(tx, principal);
    return key.id;
  };
  const id = await refusingTakenName(name, () => changeOnce(context, once, change));
  const { version } = made;
  if (version === undefined) return repeatedPipeline(context, tenantId, id);
  const pipeline = withVersion(draft, version);
  return {
    pipeline: dryRun ? { ...pipeline, unsavedVersion: version } : pipeline,
    dryRun,
    diagnostics: checked.diagnostics,
  };
};

/** What an earlier request under the same key has made, as it is now. */
const repeatedPipeline = async (context: ApiContext, tenantId: string, id: string): Promise<SavedPipeline> => {
  const pipeline = await context.loaders.pipelines.load({ tenantId, id });
  if (pipeline === null) throw notFound();
  return { pipeline, dryRun: false, diagnostics: [] };
};

/** Two who save at once: the one whose commit comes second loses by a unique key. */
const refusingTakenName = async <T>(name: string, change: () => Promise<T>): Promise<T> => {
  try {
    return await change();
  } catch (error) {
    throw isUniqueViolation(error) ? nameTaken(name) : error;
  }
};

export type UpdatePipelineRequest = TenantKey & {
  readonly definition: Json;
  readonly expectedVersion: number;
  readonly dryRun: boolean;
  /** The revision that the definition is taken from, when an old one is saved again. */
  readonly restores?: number;
  /** The plugin for which nothing but the pins is made anew. */
  readonly movesPlugin?: string;
};

export const updatePipeline = async (context: ApiContext, request: UpdatePipelineRequest): Promise<SavedPipeline> => {
  const { tenantId, id, dryRun } = request;
  const current = await readCurrent(context, request);
  const checked = await check(context, tenantId, request.definition);
  const prepared = requirePrepared(checked);
  const { name } = prepared.definition;
  const now = new Date();
  const { restores, movesPlugin } = request;
  const reason = { ...(restores !== undefined && { restores }), ...(movesPlugin !== undefined && { movesPlugin }) };
  const action = restores === undefined ? 'pipeline.update' : 'pipeline.rollback';
  const save = async (tx: Prisma.TransactionClient, principal: Principal): Promise<PipelineVersionRow> => {
    const createdBy = principalId(principal);
    const version = newVersion({ key: { tenantId, id }, revision: current.revision + 1, prepared, createdBy, now });
    if (!dryRun) {
      const { count } = await tx.pipeline.updateMany({
        where: { tenantId, id, revision: request.expectedVersion, archivedAt: null },
        data: { name, revision: version.revision, updatedAt: now },
      });
      if (count !== 1) throw await refusalOf(tx, request);
    }
    const same = await tx.pipelineVersion.findUnique({
      where: { tenantId_pipelineId_version: { tenantId, pipelineId: id, version: version.version } },
      select: { contentHash: true },
    });
    if (same !== null) throw versionTaken(version.version, current.revision);
    if (dryRun) return version;
    await insertVersion(tx, version, prepared);
    const before = auditedVersion(current, current.name);
    const after = { ...auditedVersion(version, name), ...reason };
    await auditSave(tx, principal, { version, action, before, after });
    return version;
  };
  const version = await refusingTakenName(name, () => context.change(tenantId, 'pipeline.write', save));
  const pipeline = withVersion({ ...current, name, updatedAt: now }, version);
  return {
    pipeline: dryRun ? { ...pipeline, unsavedVersion: version } : pipeline,
    dryRun,
    diagnostics: checked.diagnostics,
  };
};

export const changedMeanwhile = (currentVersion: number): PlatformError =>
  conflict('The pipeline changed since you read it.', 'Read it again and apply your change to it.', currentVersion);

const archived = (currentVersion: number): PlatformError =>
  conflict('The pipeline is archived.', 'Create a new pipeline instead.', currentVersion);

/** Why a pipeline that was there a moment ago takes no update any more: someone else's has been committed. */
const refusalOf = async (tx: Prisma.TransactionClient, { tenantId, id }: TenantKey): Promise<PlatformError> => {
  const current = await tx.pipeline.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id } } });
  return current.archivedAt === null ? changedMeanwhile(current.revision) : archived(current.revision);
};

const versionTaken = (version: string, currentVersion: number): PlatformError =>
  conflict(
    `Version ${version} is saved already, and a saved version never changes.`,
    'Raise the version in the definition.',
    currentVersion,
  );

const readCurrent = async (
  { session }: ApiContext,
  { tenantId, id, expectedVersion }: TenantKey & { readonly expectedVersion: number },
): Promise<PipelineRow> => {
  const [current] = await session.read(tenantId, 'pipeline.write', (client) => fetchPipelines(client, [id]));
  if (current === undefined) throw notFound();
  if (current.archivedAt !== null) throw archived(current.revision);
  if (current.revision !== expectedVersion) throw changedMeanwhile(current.revision);
  return current;
};

/** The latest saved version of a pipeline. */
export const readLatestVersion = async (
  { session }: ApiContext,
  { tenantId, id }: TenantKey,
): Promise<{ readonly pipeline: PipelineRow; readonly version: PipelineVersionRow } | null> =>
  session.read(tenantId, 'run.start', async (client) => {
    const [pipeline] = await fetchPipelines(client, [id]);
    if (pipeline === undefined) return null;
    const [version] = await fetchPipelineVersions(client, [pipeline.latestVersionId]);
    return version === undefined ? null : { pipeline, version };
  });
