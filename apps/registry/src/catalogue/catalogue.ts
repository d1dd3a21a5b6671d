import { randomUUID } from 'node:crypto';
import {
  type AuditActor,
  type AuditOrigin,
  type Database,
  type Prisma,
  appendAudit,
  withTenant,
} from '@ia-modules/database';
import type { PluginManifest } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { adviseOnVersion } from './advised-versions.ts';
import { isJsonObject } from '../gate/bounded-json.ts';
import { requireUnlike } from '../gate/look-alikes.ts';
import { type PackageName, parsePackageName } from '../access/package-name.ts';
import type { AcceptedVersion, CatalogueEntry } from '../gate/publish-gate.ts';

/** A publish that was accepted and may not be in the catalogue yet: written before the tarball is stored. */
export type PublishIntent = Readonly<{
  id: string;
  tenantId: string;
  name: PackageName;
  version: string;
  integrity: string;
  actor: Actor;
  /** From where it was published; null for what an older version of the registry wrote. */
  origin: AuditOrigin | null;
  entry: CatalogueEntry;
}>;

export type Actor = Extract<AuditActor, { kind: 'token' | 'service' }>;

/** In whose name a change is made. */
export type Authorship = Readonly<{ tenantId: string; actor: Actor; origin: AuditOrigin }>;

/** The platform's list of plugins, as far as the registry writes it. */
export type Catalogue = Readonly<{
  /** The tenant that owns a name; null while nobody published it. */
  ownerOf(name: PackageName): Promise<string | null>;
  intend(accepted: AcceptedVersion, author: Authorship): Promise<PublishIntent>;
  /** Everything accepted but not recorded, of all tenants, oldest first. */
  pending(): Promise<readonly PublishIntent[]>;
  /** Writes the rows of a stored version and ends its intent. Doing it twice changes nothing. */
  record(intent: PublishIntent, latestVersion: string): Promise<void>;
  abandon(intent: PublishIntent): Promise<void>;
}>;

const originSchema = z.custom<AuditOrigin>(isJsonObject);

const payloadSchema = z.object({
  actor: z.union([
    z.object({ kind: z.literal('token'), tokenId: z.string(), userId: z.string() }),
    z.object({ kind: z.literal('service'), serviceAccountId: z.string(), tokenId: z.string() }),
  ]),
  origin: originSchema.nullable().default(null),
  entry: z.object({
    visibility: z.enum(['public', 'private']),
    title: z.string(),
    description: z.string(),
    keywords: z.array(z.string()),
    // Checked when it was accepted: a later version of the platform may be stricter.
    manifest: z.custom<PluginManifest>(isJsonObject).nullable(),
    category: z.string().default('other'),
    icon: z.string().nullable().default(null),
    readme: z.string(),
    sizeBytes: z.int(),
    tags: z.array(z.string()),
    publishedBy: z.string(),
    signatures: z.array(z.object({ keyid: z.string(), sig: z.string() })).default([]),
  }),
});

export function createCatalogue(database: Database): Catalogue {
  return {
    ownerOf: (name) => ownerOf(database, name),
    intend: (accepted, author) => intend(database, accepted, author),
    pending: () => pending(database),
    record: (intent, latestVersion) => record(database, intent, latestVersion),
    abandon: async ({ id, tenantId }) => {
      await withTenant(database, tenantId, (tx) => tx.publishIntent.deleteMany({ where: { id } }));
    },
  };
}

async function ownerOf(database: Database, name: PackageName): Promise<string | null> {
  const found = await database.pool.query<{ tenant_id: string }>('SELECT tenant_id FROM plugin_owner($1)', [name.full]);
  return found.rows[0]?.tenant_id ?? null;
}

async function intend(
  database: Database,
  accepted: AcceptedVersion,
  { tenantId, actor, origin }: Authorship,
): Promise<PublishIntent> {
  const { name, version, integrity, entry } = accepted;
  const intent: PublishIntent = { id: randomUUID(), tenantId, name, version, integrity, actor, origin, entry };
  const { keywords, tags, signatures } = entry;
  const lists = { keywords: [...keywords], tags: [...tags], signatures: [...signatures] };
  const payload = { actor, origin, entry: { ...entry, ...lists } };
  await withTenant(database, tenantId, async (tx) => {
    await requireUnlike(tx, name, tenantId);
    await tx.publishIntent.create({ data: { id: intent.id, tenantId, name: name.full, version, integrity, payload } });
  });
  return intent;
}

async function pending(database: Database): Promise<PublishIntent[]> {
  const found = await database.pool.query<{ id: string; tenant_id: string }>(
    'SELECT id, tenant_id FROM pending_publish_intents()',
  );
  const intents: PublishIntent[] = [];
  for (const { id, tenant_id: tenantId } of found.rows) {
    const row = await withTenant(database, tenantId, (tx) => tx.publishIntent.findUnique({ where: { id } }));
    const name = row === null ? null : parsePackageName(row.name);
    if (row === null || name === null) continue;
    const { version, integrity } = row;
    intents.push({ id, tenantId, name, version, integrity, ...payloadSchema.parse(row.payload) });
  }
  return intents;
}

async function record(database: Database, intent: PublishIntent, latestVersion: string): Promise<void> {
  const { tenantId, name, version, integrity, actor, origin, entry } = intent;
  const publish = async (tx: Prisma.TransactionClient): Promise<void> => {
    const isNew = entry.manifest === null || (await addToCatalogue(tx, intent, latestVersion));
    const { count } = await tx.publishIntent.deleteMany({ where: { id: intent.id } });
    if (!isNew || count === 0) return;
    const { sizeBytes, manifest } = entry;
    const details = { after: { integrity, sizeBytes, permissions: manifest?.permissions ?? null } };
    const target = `plugin:${name.full}@${version}`;
    await appendAudit(tx, { tenantId, actor, action: 'plugin.publish', target, details });
  };
  await withTenant(database, tenantId, publish, { origin: origin ?? undefined });
}

/** Says whether the version is new there. */
async function addToCatalogue(
  tx: Prisma.TransactionClient,
  { tenantId, name, version, integrity, entry }: PublishIntent,
  latestVersion: string,
): Promise<boolean> {
  const { visibility, title, description, category, icon, readme, sizeBytes, publishedBy } = entry;
  const about = { title, description, category, keywords: [...entry.keywords] };
  await tx.plugin.upsert({
    where: { name: name.full },
    create: { name: name.full, tenantId, visibility, latestVersion, ...about },
    // Which version is the latest is changed here and by the API; a publish says so by its tag.
    update: entry.tags.includes('latest') ? { latestVersion, ...(latestVersion === version ? about : {}) } : {},
  });
  const stored = { tenantId, visibility, integrity, icon, readme, sizeBytes, publishedBy };
  const manifest = entry.manifest ?? {};
  const signatures = [...entry.signatures];
  const { count } = await tx.pluginVersion.createMany({
    data: { pluginName: name.full, version, manifest, signatures, ...stored },
    skipDuplicates: true,
  });
  await adviseOnVersion(tx, { tenantId, pluginName: name.full, version });
  return count > 0;
}
