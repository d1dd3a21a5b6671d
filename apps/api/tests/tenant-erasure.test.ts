import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { seedTenant } from '@ia-modules/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readManifest } from '../src/tenants/export/export-manifest.ts';
import { type Doomed, ErasureFixture } from './erasure-fixture.ts';

const run = promisify(execFile);
const MAIN = path.join(import.meta.dirname, 'erase-main.ts');
const LEFT = ['public.erased_tenants.export_key', 'public.erased_tenants.id'];
/** What the erasure itself adds to: it notes itself, and asks what goes on to end. */
const STILL_WRITTEN: ReadonlySet<string> = new Set(['audit_log', 'audit_heads', 'tenant_usage', 'run_commands']);
/** What subscribers are told of for a while is no record. */
const NOT_EXPORTED: ReadonlySet<string> = new Set(['tenant_changes']);

let fixture: ErasureFixture;

beforeAll(async () => {
  fixture = await ErasureFixture.open();
});

afterAll(async () => {
  await fixture?.close();
});

const rowsOf = async (tenantId: string): Promise<Readonly<Record<string, number>>> =>
  Object.fromEntries([...(await fixture.fingerprint(tenantId))].map(([table, { rows }]) => [table, rows]));

describe('a tenant whose days of grace are over', () => {
  let doomed: Doomed;
  let before: Readonly<Record<string, number>>;
  let tracesBefore: readonly string[];
  let bystander: string;
  let bystanderBefore: unknown;

  beforeAll(async () => {
    bystander = (await fixture.seed('bystander')).tenantId;
    doomed = await fixture.seed('doomed');
    // What the others have to have done for them.
    await fixture.chores().round();
    await fixture.expire(doomed.tenantId);
    bystanderBefore = await fixture.fingerprint(bystander);
    before = await rowsOf(doomed.tenantId);
    tracesBefore = await fixture.traces(doomed.tenantId);
    await fixture.chores().round();
  });

  it('has left no row and no value anywhere, but that it is gone', async () => {
    expect(Object.values(before).every((rows) => rows > 0)).toBe(true);
    expect(tracesBefore.length).toBeGreaterThan(Object.keys(before).length);
    expect(await fixture.traces(doomed.tenantId)).toEqual(LEFT);
    expect(await fixture.keysBelow(doomed.tenantId)).toEqual([]);
    const sql = 'select slug, audit_seq::int as seq from erased_tenants where id = $1';
    const { rows } = await fixture.admin.query(sql, [doomed.tenantId]);
    expect(rows).toEqual([{ slug: 'doomed', seq: 2 }]);
  });

  it('has measured the values of others, and counted what they wrote', async () => {
    // Starts are counted in several rows, by the connection that wrote them.
    const sql = `select split_part(kind, '-', 1) as kind, sum(events)::int as events, sum(bytes)::int as bytes
      from tenant_usage where tenant_id = $1 group by 1 order by 1`;
    expect((await fixture.admin.query(sql, [bystander])).rows).toEqual([
      { kind: 'blobs', events: 3, bytes: 3 * '"large"'.length },
      { kind: 'lines', events: 1, bytes: '[]'.length },
      { kind: 'started', events: 1_201, bytes: 0 },
      { kind: 'written', events: 1_201, bytes: '[]'.length + 1_200 * '[{"type": "run_started"}]'.length },
    ]);
  });

  it('has left the rows and values of others as they were', async () => {
    expect(await fixture.fingerprint(bystander)).toEqual(bystanderBefore);
    expect(await fixture.keysBelow(bystander)).toHaveLength(3);
  });

  it('has left an export with every row, and without what is secret', async () => {
    const files = await fixture.lastExport(doomed.tenantId);
    const counted = Object.keys(before).filter((table) => !STILL_WRITTEN.has(table) && !NOT_EXPORTED.has(table));
    const exported = counted.map((table) => [table, files.get(table)?.length]);
    expect(Object.fromEntries(exported)).toEqual(Object.fromEntries(counted.map((table) => [table, before[table]])));
    expect(files.get('audit_log')).toHaveLength(2);
    expect(files.get('members')).toHaveLength(1);
    expect(files.get('invitations')).toHaveLength(1);
    const values = (files.get('blobs') ?? []).map((line) => (JSON.parse(line) as { base64: string }).base64);
    expect(values).toEqual(Array.from({ length: 3 }, () => Buffer.from('"large"').toString('base64')));
    expect([...files.values()].flat().join('\n')).not.toContain('hash of doomed');
    const keys = ['secret_versions', 'webhooks', 'api_tokens'].flatMap((table) =>
      Object.keys(JSON.parse(files.get(table)?.[0] ?? '{}') as object),
    );
    expect(keys.filter((key) => ['sealed', 'secret', 'hash'].includes(key))).toEqual([]);
  });

  it('has left its public packages to those who use them, and to no owner', async () => {
    const { rows } = await fixture.admin.query(
      `select p.tenant_id as owner, v.published_by as publisher
       from plugins p join plugin_versions v on v.plugin_name = p.name where p.name = $1`,
      [doomed.publicPlugin],
    );
    expect(rows).toEqual([{ owner: '00000000-0000-0000-0000-000000000000', publisher: 'nobody' }]);
    const own = await fixture.admin.query('select from plugins where name = $1', [`@${doomed.slug}/plugin`]);
    expect(own.rowCount).toBe(0);
  });

  it('gives its slug to nobody', async () => {
    const again = seedTenant(fixture.testDatabase, { slug: 'doomed', name: 'Again' });
    await expect(again).rejects.toMatchObject({ code: '23505' });
  });

  it('keeps the export as long as the operator wants, and no longer', async () => {
    await fixture.chores().round();
    expect(await readManifest(fixture.blobs, { tenantId: doomed.tenantId, exportId: 'last' })).not.toBeNull();
    await fixture.chores(0).round();
    expect(await fixture.keysBelow(`exports/${doomed.tenantId}`)).toEqual([]);
    const sql = 'select export_key from erased_tenants where id = $1';
    expect((await fixture.admin.query(sql, [doomed.tenantId])).rows).toEqual([{ export_key: null }]);
  });
});

describe('an erasure whose process is killed', () => {
  it('is taken up again, wherever that was', async () => {
    const { tenantId } = await fixture.seed('phoenix');
    await fixture.expire(tenantId);
    const before = await rowsOf(tenantId);
    const kill = (text: string, time: number) => {
      const options = ['--conditions=ia-src', '--disable-warning=ExperimentalWarning'];
      const args = [fixture.testDatabase.urls.app, fixture.blobUrl, tenantId, text, String(time)];
      return run(process.execPath, [...options, MAIN, ...args]);
    };
    const places = [
      ['fetch', 70],
      ['begin_erasure', 1],
      ['erase_tenant_rows', 1],
      ['erase_tenant_rows', 4],
      ['erase_tenant_rows', 3],
      ['finish_erasure', 1],
    ] as const;
    for (const [text, time] of places) {
      await expect(kill(text, time)).rejects.toMatchObject({ signal: 'SIGKILL' });
    }
    await fixture.chores().round();
    expect(await fixture.traces(tenantId)).toEqual(LEFT);
    expect(await fixture.keysBelow(tenantId)).toEqual([]);
    const files = await fixture.lastExport(tenantId);
    const tables = ['runs', 'pipelines', 'run_event_chunks', 'secrets'];
    expect(tables.map((table) => files.get(table)?.length)).toEqual(tables.map((table) => before[table]));
  });
});

describe('a tenant that may not be erased', () => {
  it('keeps everything: one that is open, and one that can still be taken back', async () => {
    const { tenantId } = await fixture.seed('keeper');
    const { admin } = fixture;
    await fixture.chores().round();
    await admin.query(
      `update tenants set deleted_at = now(), deleted_by = 'u', erase_at = now() + interval '1 hour' where id = $1`,
      [tenantId],
    );
    await fixture.chores().round();
    expect((await rowsOf(tenantId))['runs']).toBe(1_201);
    for (const call of [`begin_erasure('${tenantId}', 'k')`, `erase_tenant_rows('${tenantId}', 10)`]) {
      const refused = admin.query(`begin; select set_config('app.tenant_id', '${tenantId}', true); select ${call}`);
      await expect(refused).rejects.toMatchObject({ code: '23514' });
      await admin.query('rollback');
    }
  });

  it('is never that of another transaction', async () => {
    const { rows } = await fixture.admin.query<{ id: string }>('select id from tenants limit 1');
    for (const call of ['erase_tenant_rows($1, 1)', 'finish_erasure($1)', "open_tenant_export($1, 'runs')"]) {
      const refused = fixture.database.pool.query(`select ${call}`, [rows[0]?.id]);
      await expect(refused).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('waits for its runs while a worker lives', async () => {
    const { tenantId } = await fixture.seed('busy');
    const { admin } = fixture;
    await fixture.expire(tenantId);
    await admin.query('delete from run_commands where tenant_id = $1', [tenantId]);
    await admin.query(
      `insert into worker_leases (name, holder, fence, expires_at) values ('runs', 'w', 1, now() + interval '1 minute')`,
    );
    await fixture.chores().round();
    expect((await rowsOf(tenantId))['runs']).toBe(1_201);
    const asked = await admin.query('select kind, requested_by as by from run_commands where tenant_id = $1', [
      tenantId,
    ]);
    expect(asked.rows).toEqual([{ kind: 'cancel', by: 'system:erasure' }]);
    await admin.query('delete from worker_leases');
    await fixture.chores().round();
    expect(await fixture.traces(tenantId)).toEqual(LEFT);
  });
});
