import { MAX_REPORT_BYTES, parseReport } from '@ia-modules/benchmark';
import { appendAudit } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { v7 as uuid } from 'uuid';
import { notFound, principalId, requireAccess } from '../access.ts';
import { auditActor } from '../audit-actor.ts';
import type { ApiContext } from '../context.ts';
import { type Findings, finding, requireNone } from '../findings.ts';
import { changeOnce } from '../idempotency.ts';
import type { TenantKey } from '../loaders.ts';
import { isStorableText } from '../refused-value.ts';
import type { BenchmarkRow } from './benchmark-rows.ts';

const MAX_REPORTS_PER_TENANT = 1_000;
const MAX_TEXT_LENGTH = 100;

export type NewBenchmark = {
  readonly tenantId: string;
  readonly name: string;
  readonly label: string;
  readonly report: unknown;
  readonly idempotencyKey: string | null;
};

/** @throws PlatformError IA_API_INVALID with all that is wrong with the report, IA_API_CONFLICT when there are too many */
export const uploadBenchmark = async (context: ApiContext, request: NewBenchmark): Promise<BenchmarkRow> => {
  const { tenantId, name, label } = request;
  // Before anything is stored: a caller that may not see the answer would take the upload for refused.
  requireAccess(context.viewer.principal, tenantId, 'benchmark.read');
  requireNone([...checkText('name', name), ...checkText('label', label), ...checkReport(request.report)]);
  const report = request.report as object;
  const once = {
    tenantId,
    permission: 'benchmark.write',
    operation: 'uploadBenchmark',
    key: request.idempotencyKey,
    request: { name, label, report },
  } as const;
  const { id } = await changeOnce(context, once, async (tx, principal) => {
    if ((await tx.benchmarkReport.count({ where: { tenantId } })) >= MAX_REPORTS_PER_TENANT) throw tooMany();
    const key = { tenantId, id: uuid() };
    await tx.benchmarkReport.create({ data: { ...key, name, label, report, createdBy: principalId(principal) } });
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'benchmark.upload',
      target: `benchmark:${key.id}`,
      details: { after: { name, label } },
    });
    return { id: key.id };
  });
  return readBenchmark(context, { tenantId, id });
};

export const deleteBenchmark = async (context: ApiContext, { tenantId, id }: TenantKey): Promise<void> => {
  await context.change(tenantId, 'benchmark.write', async (tx, principal) => {
    const key = { tenantId, id };
    const select = { name: true, label: true } as const;
    const before = await tx.benchmarkReport.findUnique({ where: { tenantId_id: key }, select });
    if (before === null) throw notFound();
    const { count } = await tx.benchmarkReport.deleteMany({ where: key });
    if (count === 0) throw notFound();
    await appendAudit(tx, {
      tenantId,
      actor: auditActor(principal),
      action: 'benchmark.delete',
      target: `benchmark:${id}`,
      details: { before },
    });
  });
};

const readBenchmark = async ({ loaders }: ApiContext, key: TenantKey): Promise<BenchmarkRow> => {
  const row = await loaders.benchmarks.load(key);
  if (row === null) throw notFound();
  return row;
};

const checkText = (path: 'name' | 'label', text: string): Findings =>
  text.trim() !== '' && text.length <= MAX_TEXT_LENGTH && isStorableText(text)
    ? []
    : [finding(path, `A ${path} has 1 to ${MAX_TEXT_LENGTH} characters of well-formed text.`)];

const checkReport = (report: unknown): Findings => {
  const text = JSON.stringify(report);
  if (Buffer.byteLength(text) > MAX_REPORT_BYTES) {
    return [finding('report', `A report takes at most ${MAX_REPORT_BYTES / 1_024} KiB.`, 'Keep fewer samples.')];
  }
  return parseReport(report).problems.map(({ path, message }) => finding(`report${path.slice(1)}`, message));
};

const tooMany = (): PlatformError =>
  new PlatformError({
    code: 'IA_API_CONFLICT',
    message: `A tenant keeps at most ${MAX_REPORTS_PER_TENANT} benchmark reports.`,
    hint: 'Delete some that nobody compares with any more.',
  });
