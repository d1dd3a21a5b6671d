import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { compose } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ChainedEntry } from '@ia-modules/audit-chain';
import { z } from 'zod';
import { notFound } from '../../platform/api-failure.ts';
import { auditExport } from '../../platform/documents/audit-documents.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { UsageError } from '../../usage-error.ts';

/** As `audit export` writes it. */
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

/** As the export of a whole tenant has it: a row of the database. */
const rowSchema = z
  .object({ ...entrySchema.omit({ tenantId: true, previousHash: true }).shape, seq: z.int().positive() })
  .extend({ tenant_id: z.string(), previous_hash: z.string(), at: z.iso.datetime({ offset: true }) })
  .transform(({ tenant_id: tenantId, previous_hash: previousHash, seq, at, ...entry }) => ({
    ...entry,
    tenantId,
    previousHash,
    seq: BigInt(seq),
    at: new Date(at).toISOString(),
  }));

const lineSchema = z.union([entrySchema, rowSchema]);

/** One line of an export; null for one that is no entry any more. */
export const parseEntry = (line: string): ChainedEntry | null => {
  try {
    return lineSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
};

const seqOf = (line: string): bigint => parseEntry(line)?.seq ?? 0n;

async function* readLines(file: string): AsyncGenerator<string> {
  const bytes = createReadStream(file);
  const input = file.endsWith('.gz') ? compose(bytes, createGunzip()) : bytes;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() !== '') yield line;
  }
}

/**
 * The lines of an export; those of `audit_log.jsonl.gz` in the order of their numbers, since the export of a tenant has
 * none.
 * @throws UsageError when the file can't be read
 */
export async function* linesOfFile(file: string): AsyncGenerator<string> {
  const lines: { readonly line: string; readonly seq: bigint }[] = [];
  try {
    for await (const line of readLines(file)) {
      if (file.endsWith('.gz')) lines.push({ line, seq: seqOf(line) });
      else yield line;
    }
  } catch (error) {
    throw new UsageError(`${file} can not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  for (const { line } of lines.toSorted((one, other) => Number(one.seq - other.seq))) yield line;
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
