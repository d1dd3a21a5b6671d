import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { ChainedEntry } from '@ia-modules/audit-chain';
import { z } from 'zod';
import { notFound } from '../../platform/api-failure.ts';
import { auditExport } from '../../platform/documents/audit-documents.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { UsageError } from '../../usage-error.ts';

const entrySchema = z.object({
  tenantId: z.string(),
  seq: z
    .string()
    .regex(/^\d{1,18}$/)
    .transform((text) => BigInt(text)),
  at: z.string(),
  actor: z.unknown(),
  action: z.string(),
  target: z.string(),
  details: z.unknown(),
  previousHash: z.string(),
  origin: z.unknown(),
  format: z.number(),
  hash: z.string(),
});

/** One line of an export; null for one that is no entry any more. */
export const parseEntry = (line: string): ChainedEntry | null => {
  try {
    return entrySchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
};

/**
 * The lines of an export.
 * @throws UsageError when the file can't be read
 */
export async function* linesOfFile(file: string): AsyncGenerator<string> {
  try {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line.trim() !== '') yield line;
    }
  } catch (error) {
    throw new UsageError(`${file} can not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The lines that an export of the platform has, the oldest entry first. */
export async function* linesOfPlatform({ api, tenant: tenantOf }: PlatformSession): AsyncGenerator<string> {
  const { slug } = await tenantOf();
  for (let before: string | null = null; ; ) {
    const { tenant }: Awaited<ReturnType<typeof readPage>> = await readPage(api, { slug, before });
    if (tenant === null) throw notFound(`There is no tenant '${slug}' that the token may see.`);
    const { nodes, pageInfo } = tenant.auditLog;
    for (const { content, hash } of nodes.toReversed()) yield JSON.stringify({ ...content, hash });
    if (!pageInfo.hasPreviousPage) return;
    before = pageInfo.startCursor;
  }
}

const readPage = (api: PlatformSession['api'], variables: { slug: string; before: string | null }) =>
  api.query(auditExport, variables);
