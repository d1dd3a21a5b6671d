import { appendAudit, type Prisma } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { notFound } from '../../access.ts';
import { auditActor } from '../../audit-actor.ts';
import type { ApiContext } from '../../context.ts';
import { PLATFORM_SLUG } from '../../tenants/platform-tenant.ts';
import { conflict } from '../conflict.ts';
import { displayKey } from './display-key.ts';
import { plainText } from '../plain-text.ts';
import { PUBLISHER_COLUMNS, type PublisherRow } from './publisher-rows.ts';

export type PublisherProfile = {
  readonly tenantId: string;
  readonly displayName: string;
  readonly description: string;
  readonly website: string | null;
};

const MAX_WEBSITE_LENGTH = 300;
const PLATFORM_KEY = displayKey('IA Modules');

const invalid = (message: string): PlatformError => new PlatformError({ code: 'IA_API_INVALID', message });

const checkedWebsite = (website: string | null): string | null => {
  if (website === null || website.trim() === '') return null;
  const url = website.length <= MAX_WEBSITE_LENGTH ? URL.parse(website.trim()) : null;
  if (url?.protocol === 'https:' && url.username === '' && url.password === '' && url.hostname.includes('.')) {
    return url.href;
  }
  throw invalid(`\`website\` is an address that begins with https://, of up to ${MAX_WEBSITE_LENGTH} characters.`);
};

const checkedName = (given: string): { readonly displayName: string; readonly key: string } => {
  const displayName = plainText(given, { name: 'displayName', maxLength: 60 });
  const key = displayKey(displayName);
  if (key === '' || /\p{Cf}/u.test(displayName)) throw invalid('`displayName` has letters or digits that can be seen.');
  return { displayName, key };
};

const nameTaken = (displayName: string): PlatformError =>
  conflict(`"${displayName}" looks like the name of a verified publisher.`, 'Choose another name.');

const refuseTaken = async (
  tx: Prisma.TransactionClient,
  { tenantId, key, scope, displayName }: Readonly<Record<'tenantId' | 'key' | 'scope' | 'displayName', string>>,
): Promise<void> => {
  if (key === PLATFORM_KEY && scope !== PLATFORM_SLUG) throw nameTaken(displayName);
  const [found] = await tx.$queryRaw<[{ isTaken: boolean }]>`
    select is_publisher_name_taken(${tenantId}::uuid, ${key}) as "isTaken"`;
  if (found.isTaken) throw nameTaken(displayName);
};

const WRITE = `insert into publishers as b (tenant_id, scope, display_name, display_key, description, website, updated_at)
  values ($1::uuid, $2, $3, $4, $5, $6, now())
  on conflict (tenant_id) do update set display_name = excluded.display_name, display_key = excluded.display_key,
    description = excluded.description, website = excluded.website, updated_at = now()
  returning ${PUBLISHER_COLUMNS}`;

/** Says how a tenant shows itself as a publisher. Under another name it is not verified any more. */
export const setPublisherProfile = async (context: ApiContext, profile: PublisherProfile): Promise<PublisherRow> => {
  const { tenantId } = profile;
  const { displayName, key } = checkedName(profile.displayName);
  const website = checkedWebsite(profile.website);
  const rule = { name: 'description', maxLength: 500, mayBeEmpty: true, hasLines: true };
  const description = plainText(profile.description, rule);
  return context.change(tenantId, 'tenant.settings', async (tx, principal) => {
    const tenant = await tx.tenant.findUnique({ where: { id: tenantId }, select: { slug: true } });
    if (tenant === null) throw notFound();
    await refuseTaken(tx, { tenantId, key, scope: tenant.slug, displayName });
    const select = { displayName: true, description: true, website: true, verifiedAt: true } as const;
    const before = await tx.publisher.findUnique({ where: { tenantId }, select });
    const values = [tenantId, tenant.slug, displayName, key, description, website];
    const [publisher] = await tx.$queryRawUnsafe<[PublisherRow]>(WRITE, ...values);
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'publisher.set_profile',
      target: `tenant:${tenantId}`,
      details: { before, after: publisher },
    });
    return publisher;
  });
};
