import packageJson from '../package.json' with { type: 'json' };
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import type { Json } from '@ia-modules/plugin-sdk';
import { createTestbed, type Testbed } from '@ia-modules/plugin-testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { plugin } from '../src/index.ts';

let folder: string;
let bed: Testbed;
let postgres: TestDatabase;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ia-database-'));
  await mkdir(join(folder, 'tenant'));
  bed = createTestbed({ plugin, packageJson, filesRoot: join(folder, 'tenant') });
  postgres = await createTestDatabase();
});

afterAll(async () => {
  await bed.close();
  await postgres?.drop();
  await rm(folder, { recursive: true, force: true });
});

describe.each(['postgres', 'sqlite'] as const)('on %s', (kind) => {
  const connection = (): string =>
    kind === 'sqlite' ? 'sqlite:data/shop.db' : `${postgres.adminUrl.replace(/\?.*$/, '')}?sslmode=disable`;
  const step = (name: string, input: Record<string, Json>, signal?: AbortSignal) =>
    bed.step(name, { connection: connection(), ...input }, signal);
  const condition = (name: string, config: Record<string, Json>) =>
    bed.condition(name, { connection: connection(), ...config });
  const query = async (sql: string, bindings: Json = []) => (await step('query', { sql, bindings }))['rows'];

  beforeAll(async () => {
    await step('execute', { sql: 'create table items (id integer primary key, name text unique, price numeric)' });
  });

  beforeEach(async () => {
    await step('execute', { sql: 'delete from items' });
    const rows = [
      { id: 1, name: 'pen', price: 2 },
      { id: 2, name: 'ink', price: 7 },
    ];
    await step('insert', { table: 'items', rows });
  });

  it('puts bindings in their places', async () => {
    expect(await query('select name from items where id = ? or name = ? order by id', [1, 'ink'])).toEqual([
      { name: 'pen' },
      { name: 'ink' },
    ]);
    expect(await query('select name from items where id = :id', { id: 2 })).toEqual([{ name: 'ink' }]);
    const hostile = "'; drop table items; --";
    expect(await query('select id from items where name = ?', [hostile])).toEqual([]);
    expect(await query('select count(*) as n from items')).toEqual([{ n: 2 }]);
  });

  it('refuses bindings that do not fit, and a second statement', async () => {
    await expect(query('select ?, ?', [1])).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
    await expect(query('select 1; delete from items')).rejects.toMatchObject({ name: 'SqlError', retryable: false });
    await expect(step('execute', { sql: 'select 1; delete from items' })).rejects.toMatchObject({ name: 'SqlError' });
    expect(await query('select count(*) as n from items')).toEqual([{ n: 2 }]);
  });

  it('changes nothing in a query unless it may', async () => {
    await expect(query('delete from items')).rejects.toMatchObject({ name: 'ReadOnlyError' });
    const { rows } = await step('query', { sql: 'delete from items where id = 1 returning name', read_only: false });
    expect(rows).toEqual([{ name: 'pen' }]);
    expect(await query('select id from items')).toEqual([{ id: 2 }]);
  });

  it('tells how many rows were written, and returns them', async () => {
    expect(await step('execute', { sql: 'update items set price = 1' })).toEqual({ affected: 2, rows: [] });
    expect(await step('execute', { sql: 'delete from items where id = ? returning id, name', bindings: [2] })).toEqual({
      affected: 1,
      rows: [{ id: 2, name: 'ink' }],
    });
  });

  it('bounds rows and bytes', async () => {
    const many = 'with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000000) select i from n';
    await expect(step('query', { sql: many })).rejects.toMatchObject({ code: 'IA_PLUGIN_LIMIT' });
    const { row_count, truncated } = await step('query', { sql: many, max_rows: 5, on_limit: 'truncate' });
    expect({ row_count, truncated }).toEqual({ row_count: 5, truncated: true });
    const few = await step('query', { sql: many, max_bytes: 100, on_limit: 'truncate' });
    expect(Number(few['row_count'])).toBeLessThan(20);
    await expect(step('execute', { sql: 'delete from items returning id', max_rows: 1 })).rejects.toMatchObject({
      code: 'IA_PLUGIN_LIMIT',
    });
    expect(await query('select count(*) as n from items')).toEqual([{ n: 2 }]);
  });

  it('counts the names of columns, which stand in each row', async () => {
    const name = 'n'.repeat(60);
    const sql = `with recursive c(n) as (select 1 union all select n + 1 from c where n < 100) select n as ${name} from c`;
    const { row_count: count } = await step('query', { sql, max_bytes: 1_000, on_limit: 'truncate' });
    expect(count).toBeLessThan(20);
  });

  it('inserts many rows at once, and minds those that are there', async () => {
    const rows = Array.from({ length: 1_200 }, (_, index) => ({ id: index, name: `n${index}`, price: null }));
    await expect(step('insert', { table: 'items', rows })).rejects.toMatchObject({ name: 'UniqueViolationError' });
    expect(await query('select count(*) as n from items')).toEqual([{ n: 2 }]);
    expect(await step('insert', { table: 'items', rows, on_conflict: 'ignore' })).toEqual({ affected: 1_198 });
    expect(await step('insert', { table: 'items', rows, on_conflict: 'update', conflict_columns: ['id'] })).toEqual({
      affected: 1_200,
    });
    expect(await query('select name from items where id = 1')).toEqual([{ name: 'n1' }]);
  });

  it('refuses rows and names that are no rows and names', async () => {
    const refused = { code: 'IA_PLUGIN_INPUT' };
    await expect(step('insert', { table: 'items', rows: [{ id: 3 }, { name: 'x' }] })).rejects.toMatchObject(refused);
    await expect(step('insert', { table: 'a; drop table items', rows: [{ id: 3 }] })).rejects.toMatchObject(refused);
    await expect(step('insert', { table: 'items', rows: [{ 'id) --': 3 }] })).rejects.toMatchObject(refused);
    await expect(step('insert', { table: 'items', rows: [{ id: 3 }], on_conflict: 'update' })).rejects.toMatchObject(
      refused,
    );
  });

  it('does all statements of a transaction or none', async () => {
    const statements = [
      { sql: 'update items set price = price - :n where id = 1', bindings: { n: 1 } },
      { sql: 'insert into items (id, name) values (3, ?) returning id', bindings: ['cap'] },
    ];
    expect(await step('transaction', { statements })).toEqual({
      results: [
        { affected: 1, rows: [] },
        { affected: 1, rows: [{ id: 3 }] },
      ],
    });
    await expect(step('transaction', { statements })).rejects.toMatchObject({ name: 'UniqueViolationError' });
    expect(await query('select price + 0 as price from items where id = 1')).toEqual([
      { price: kind === 'sqlite' ? 1 : '1' },
    ]);
  });

  it('ends a statement that takes too long, or whose run is canceled', async () => {
    const endless = 'with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n';
    await expect(step('query', { sql: endless, timeout_ms: 300 })).rejects.toMatchObject({ name: 'TimeoutError' });
    const controller = new AbortController();
    const pending = step('query', { sql: endless }, controller.signal);
    setTimeout(() => controller.abort(new Error('canceled by a person')), 200);
    await expect(pending).rejects.toMatchObject({ code: 'IA_PLUGIN_CANCELED' });
    expect(await query('select count(*) as n from items')).toEqual([{ n: 2 }]);
  });

  it('does not repeat what was bound', async () => {
    const failure = await step('insert', { table: 'items', rows: [{ id: 9, name: 'ink' }] }).catch(String);
    expect(failure).toContain('UniqueViolationError');
    const wrong = await step('query', {
      sql: 'select abs(cast(? as integer)) from nowhere',
      bindings: ['hush-hush'],
    }).catch(String);
    expect(wrong).not.toContain('hush-hush');
  });

  it('database.record_exists looks for a row', async () => {
    expect(await condition('record_exists', { table: 'items', where: { id: 1, name: 'pen' } })).toBe(true);
    expect(await condition('record_exists', { table: 'items', where: { id: 1, name: 'ink' } })).toBe(false);
    expect(await condition('record_exists', { table: 'items', where: { name: null } })).toBe(false);
    await expect(condition('record_exists', { table: 'nowhere', where: {} })).rejects.toMatchObject({
      name: 'SqlError',
    });
  });

  it.each<[string, string, Json, boolean]>([
    ['sum(price)', 'equals', 9, true],
    ['sum(price)', 'greater_than', 9, false],
    ['sum(price)', 'greater_or_equal', '9', true],
    ['max(name)', 'less_than', 'z', true],
    ['max(name)', 'in', ['pen', 'cap'], true],
    ['max(name)', 'not_equals', 'pen', false],
    ['null', 'not_exists', null, true],
    ['null', 'less_than', 1, false],
    ['1', 'exists', null, true],
  ])('database.value compares %s %s %j', async (expression, operator, value, holds) => {
    expect(await condition('value', { sql: `select ${expression} from items`, operator, value })).toBe(holds);
  });
});

describe('values of PostgreSQL', () => {
  const query = async (sql: string, bindings: Json = []) =>
    (await bed.step('query', { connection: `${postgres.adminUrl}?sslmode=disable`, sql, bindings }))['rows'];

  it.each<[string, Json]>([
    ['42::int', 42],
    ['9007199254740993::bigint', '9007199254740993'],
    ['7::bigint', 7],
    ['0.10::numeric', '0.10'],
    ['1.5::float8', 1.5],
    ["'NaN'::float8", 'NaN'],
    ['true', true],
    ["'\\x00ff'::bytea", 'AP8='],
    ['\'{"a":[1]}\'::jsonb', { a: [1] }],
    ["'2026-01-31'::date", '2026-01-31'],
    ["'2026-01-31 12:00:00.5+02'::timestamptz", '2026-01-31T10:00:00.500Z'],
    ["'2026-01-31 12:00:00'::timestamp", '2026-01-31T12:00:00'],
    ["'infinity'::timestamptz", 'infinity'],
    ['array[1,null]::bigint[]', [1, null]],
    ["array['0.10']::numeric[]", ['0.10']],
    ["array[array['a'],array['b,\"c']]", [['a'], ['b,"c']]],
    ["'1 day 2 hours'::interval", 'P1DT2H'],
  ])('reads %s', async (expression, value) => {
    expect(await query(`select ${expression} as v`)).toEqual([{ v: value }]);
  });

  it('binds lists and objects', async () => {
    expect(await query('select ?::int[] as list, ?::jsonb as object', [[1, 2], { a: 1 }])).toEqual([
      { list: [1, 2], object: { a: 1 } },
    ]);
  });

  it('leaves nothing of one call to the next', async () => {
    await query("select set_config('timezone', 'Asia/Tokyo', false)");
    expect(await query('show timezone')).toEqual([{ TimeZone: 'UTC' }]);
  });
});

describe('the connection', () => {
  it('goes where the platform lets sockets go', async () => {
    await bed.close();
    const walled = createTestbed({ plugin, packageJson, egressAllow: [] });
    const input = { connection: `${postgres.adminUrl}?sslmode=disable`, sql: 'select 1' };
    await expect(walled.step('query', input)).rejects.toMatchObject({ code: 'IA_PLUGIN_NET_DENIED' });
  });

  it('is not made without TLS unless that is asked for', async () => {
    await expect(bed.step('query', { connection: postgres.adminUrl, sql: 'select 1' })).rejects.toMatchObject({
      name: 'TlsError',
    });
  });

  it.each([
    'mysql://ada:hush@example.com/db',
    'postgres://ada:hush@/db',
    'postgres:///db',
    'postgres://ada:hush%zz@example.com/db',
    'sqlite:',
    'ada:hush',
  ])('is never repeated, as %s', async (connection) => {
    const failure = await bed.step('query', { connection, sql: 'select 1' }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'IA_PLUGIN_INPUT' });
    expect(`${String(failure)} ${JSON.stringify(failure)}`).not.toContain('hush');
  });

  it('does not take the password of the wrong user for its own', async () => {
    const url = new URL(postgres.adminUrl);
    url.username = 'nobody_here';
    url.password = 'hush-hush';
    const input = { connection: `${url.href}?sslmode=disable`, sql: 'select 1' };
    const failure = await bed.step('query', input).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'AuthenticationError', retryable: false });
    expect(`${String(failure)} ${JSON.stringify(failure)}`).not.toContain('hush-hush');
  });
});

describe('a SQLite file', () => {
  const execute = (sql: string, connection = 'sqlite:data/own.db') => bed.step('execute', { connection, sql });

  it("stays in the tenant's folder", async () => {
    await execute('create table t (a)');
    await expect(execute('select 1', 'sqlite:../outside.db')).rejects.toMatchObject({ code: 'IA_PLUGIN_FILE_DENIED' });
    await expect(execute('select 1', 'sqlite:/tmp/outside.db')).rejects.toMatchObject({
      code: 'IA_PLUGIN_FILE_DENIED',
    });
    expect(await readdir(folder)).toEqual(['tenant']);
  });

  it.each([
    "attach database '/tmp/ia-attached.db' as other",
    "attach database 'file:/tmp/ia-attached.db?mode=rwc' as other",
    "vacuum into '/tmp/ia-attached.db'",
    "select load_extension('/tmp/evil.so')",
    'pragma journal_mode = off',
    'pragma query_only = off',
    'pragma writable_schema = on',
    "pragma temp_store_directory = '/tmp'",
    'pragma max_page_count = 1000000000',
  ])('does not run %s', async (sql) => {
    await expect(execute(sql)).rejects.toMatchObject({ retryable: false });
  });

  it('keeps its statements from each other when there is no file', async () => {
    await execute('create table t (a)', 'sqlite::memory:');
    await expect(execute('insert into t values (1)', 'sqlite::memory:')).rejects.toThrow('no such table');
  });

  it('opens only so many of those without a file at once, each of which is a process', async () => {
    const open = () => bed.step('query', { connection: 'sqlite::memory:', sql: 'select 1' });
    const settled = await Promise.allSettled(Array.from({ length: 21 }, open));
    const refused = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(refused).toContainEqual(expect.objectContaining({ code: 'IA_PLUGIN_LIMIT', retryable: true }));
    expect(await open()).toMatchObject({ row_count: 1 });
  });

  it('gives whole numbers back exactly, and bytes as base64', async () => {
    const sql = "select 9007199254740993 as large, 7 as small, 0.5 as part, x'00ff' as bytes, null as none";
    const { rows } = await bed.step('query', { connection: 'sqlite::memory:', sql });
    expect(rows).toEqual([{ large: '9007199254740993', small: 7, part: 0.5, bytes: 'AP8=', none: null }]);
  });

  it('writes truth as a number and lists as JSON', async () => {
    const { rows } = await bed.step('query', {
      connection: 'sqlite::memory:',
      sql: 'select ? as yes, ? as list, typeof(?) as whole',
      bindings: [true, [1, 2], 3],
    });
    expect(rows).toEqual([{ yes: 1, list: '[1,2]', whole: 'integer' }]);
  });
});
