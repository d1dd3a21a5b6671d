import { appendAudit, type AuditRecord, can, type Prisma, type Principal } from '@ia-modules/database';
import { builtInNamed } from '@ia-modules/built-in-plugins';
import { PlatformError } from '@ia-modules/plugin-sdk';
import semver from 'semver';
import { v7 as uuid } from 'uuid';
import { notFound, principalId, unauthenticated } from '../../access.ts';
import { auditActor } from '../../audit-actor.ts';
import type { ApiContext } from '../../context.ts';
import { isInRange } from '../../plugins/version-ranges.ts';
import { requireOperator } from '../../tenants/platform-operator.ts';
import { ADVISORY_COLUMNS, type AdvisoryRow, type AdvisorySeverity } from './advisory-rows.ts';
import { conflict } from '../conflict.ts';
import { changeAsOperator } from '../operator.ts';
import { plainText } from '../plain-text.ts';

export type AdvisoryRequest = {
  readonly pluginName: string;
  readonly affectedRange: string;
  readonly patchedRange: string | null;
  readonly severity: AdvisorySeverity;
  readonly title: string;
  readonly description: string;
};

const MAX_RANGE_CHARS = 500;
/** About one plugin, its owner publishes so many advisories within a day: each makes everybody look again. */
const MAX_ADVISORIES_PER_DAY = 20;

const OWNER_OF_PLUGIN = 'select owner_of_plugin($1) as "tenantId", false as "isByOperator"';
const OWNER_OF_ADVISORY = 'select tenant_id as "tenantId", is_by_operator as "isByOperator" from owner_of_advisory($1)';

type Owned = { readonly tenantId: string | null; readonly isByOperator: boolean };

type Work<T> = (tx: Prisma.TransactionClient, principal: Principal) => Promise<T>;

/** Who publishes for the owner warns of its own plugins, the operator of the platform of anybody's, and takes back what it has said. */
const changeForOwner = async <T>(
  context: ApiContext,
  [sql, key]: readonly [string, string],
  work: (tenantId: string) => Work<T>,
): Promise<T> => {
  const { principal } = context.viewer;
  if (principal === null) throw unauthenticated();
  const { rows } = await context.services.lookups.query<Owned>(sql, [key]);
  const { tenantId, isByOperator } = rows[0] ?? { tenantId: null, isByOperator: false };
  if (tenantId !== null && !isByOperator && can(principal, tenantId, 'plugin.publish')) {
    return context.change(tenantId, 'plugin.publish', work(tenantId));
  }
  await requireOperator(context);
  if (tenantId === null) throw notFound();
  return changeAsOperator(context, tenantId, work(tenantId));
};

const rangeOf = (name: string, range: string): string => {
  const text = range.trim().replaceAll(/\s+/g, ' ');
  if (text !== '' && text.length <= MAX_RANGE_CHARS && semver.validRange(text) !== null) return text;
  throw new PlatformError({
    code: 'IA_API_INVALID',
    message: `\`${name}\` is a range as npm writes it.`,
    hint: 'For example `<1.2.3`, `>=1.0.0 <1.4.2 || 2.0.0`.',
  });
};

const checkRequest = (request: AdvisoryRequest): AdvisoryRequest => ({
  ...request,
  affectedRange: rangeOf('affectedRange', request.affectedRange),
  patchedRange: request.patchedRange === null ? null : rangeOf('patchedRange', request.patchedRange),
  title: plainText(request.title, { name: 'title', maxLength: 200 }),
  description: plainText(request.description, {
    name: 'description',
    maxLength: 10_000,
    mayBeEmpty: true,
    hasLines: true,
  }),
});

/** A plugin of the platform's own runs in the version that this release has, published or not. */
const ownVersions = (name: string): readonly string[] => {
  const builtIn = builtInNamed(name);
  return builtIn === undefined ? [] : [builtIn.version];
};

/** Owns the public plugins of tenants that were erased: it has no log to write into, the advisory itself is the record. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

const auditUnlessOrphan = async (tx: Prisma.TransactionClient, record: AuditRecord): Promise<void> => {
  if (record.tenantId !== NOBODY) await appendAudit(tx, record);
};

const readAdvisory = async (tx: Prisma.TransactionClient, id: string): Promise<AdvisoryRow> => {
  const sql = `select ${ADVISORY_COLUMNS} from advisories a where a.id = $1::uuid`;
  const [advisory] = await tx.$queryRawUnsafe<AdvisoryRow[]>(sql, id);
  if (advisory === undefined) throw notFound();
  return advisory;
};

/** Owners' advisories of one plugin come one after the other, each counts those before it. The operator warns at any time. */
const refuseTooMany = async (tx: Prisma.TransactionClient, pluginName: string): Promise<void> => {
  const [recent] = await tx.$queryRaw<[{ count: number }]>`select count(*)::int as count from advisories a
    where a.plugin_name = ${pluginName} and a.published_at > now() - interval '1 day'
      and not a.is_by_operator and current_setting('app.is_operator', true) is distinct from 'on'`;
  if (recent.count < MAX_ADVISORIES_PER_DAY) return;
  throw new PlatformError({
    code: 'IA_API_QUOTA',
    message: `About one plugin, its owner publishes up to ${MAX_ADVISORIES_PER_DAY} advisories within a day.`,
    hint: 'Let one range hold all versions that it is about.',
  });
};

const insert =
  (request: AdvisoryRequest, tenantId: string): Work<AdvisoryRow> =>
  async (tx, principal) => {
    const { pluginName, affectedRange } = request;
    // Whoever publishes a version at this moment waits, and then sees the advisory.
    await tx.$queryRaw`select 1 as locked from plugins where name = ${pluginName} for update`;
    await refuseTooMany(tx, pluginName);
    const published = await tx.pluginVersion.findMany({ where: { pluginName }, select: { version: true } });
    const known = new Set([...published.map(({ version }) => version), ...ownVersions(pluginName)]);
    const affected = [...known].filter((version) => isInRange(version, affectedRange));
    const id = uuid();
    await tx.advisory.create({ data: { id, tenantId, ...request, publishedBy: principalId(principal) } });
    await tx.advisoryVersion.createMany({
      data: affected.map((version) => ({ tenantId, advisoryId: id, pluginName, version })),
    });
    await auditUnlessOrphan(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'plugin.publish_advisory',
      target: `plugin:${pluginName}`,
      details: { advisory: id, severity: request.severity, affectedRange, versions: affected },
    });
    return readAdvisory(tx, id);
  };

/** From its commit on nothing new starts with the versions that it holds, whoever's. */
export const publishAdvisory = async (context: ApiContext, request: AdvisoryRequest): Promise<AdvisoryRow> => {
  const checked = checkRequest(request);
  return changeForOwner(context, [OWNER_OF_PLUGIN, checked.pluginName], (tenantId) => insert(checked, tenantId));
};

/** Takes it back: its versions start again. It stays to be read. */
export const withdrawAdvisory = async (context: ApiContext, id: string): Promise<AdvisoryRow> =>
  changeForOwner(context, [OWNER_OF_ADVISORY, id], (tenantId) => async (tx, principal) => {
    const { count } = await tx.advisory.updateMany({
      where: { tenantId, id, withdrawnAt: null },
      data: { withdrawnAt: new Date(), withdrawnBy: principalId(principal) },
    });
    if (count === 0) throw conflict('This advisory is withdrawn already.');
    const advisory = await readAdvisory(tx, id);
    await auditUnlessOrphan(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'plugin.withdraw_advisory',
      target: `plugin:${advisory.pluginName}`,
      details: { advisory: id },
    });
    return advisory;
  });
