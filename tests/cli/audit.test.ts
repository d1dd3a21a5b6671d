import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { hashAuditContent } from '@ia-modules/audit-chain';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PlatformAccess, startPlatform } from './platform-access.ts';

const PIPELINE = { steps: [{ id: 'note', uses: 'core.noop', with: {} }] };

let platform: PlatformAccess;
let admin: Client;
let folder: string;
let lines: readonly string[];
let lastHash: string;

beforeAll(async () => {
  platform = await startPlatform();
  admin = new Client({ connectionString: platform.database.adminUrl });
  await admin.connect();
  folder = await mkdtemp(path.join(tmpdir(), 'ia-audit-'));
  for (const name of ['one', 'two', 'three', 'four']) await platform.save({ name, ...PIPELINE });
  const file = path.join(folder, 'whole.jsonl');
  await platform.cli('audit', 'export', '--out', file);
  lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  lastHash = JSON.parse(lines[3] ?? '').hash;
});

afterAll(async () => {
  await admin?.end();
  await platform?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

it('lists who did what, and filters', async () => {
  const { entries } = await platform.json('audit', 'list', '--action', 'pipeline.', '--limit', '2');
  expect(entries).toMatchObject([
    { seq: 4, action: 'pipeline.create', actor: { kind: 'token', userId: platform.tenant.userId } },
    { seq: 3 },
  ]);
  expect((await platform.cli('audit', 'list', '--action', 'run.')).stderr).toBe('No entries.\n');
  expect((await platform.cli('audit', 'list')).stdout).toContain(platform.tenant.email);
});

const verifyFile = async (...content: readonly string[]) => {
  const file = path.join(folder, 'log.jsonl');
  await writeFile(file, content.map((line) => `${line}\n`).join(''));
  const offline = ['--api', 'http://localhost:1/graphql'] as const;
  return platform.cli('audit', 'verify', file, '--expect', lastHash, ...offline);
};

const changed = (line: string, change: object): string => JSON.stringify({ ...JSON.parse(line), ...change });

const rehashed = (line: string, change: object): string => {
  const entry = { ...JSON.parse(line), ...change };
  return JSON.stringify({ ...entry, hash: hashAuditContent({ ...entry, seq: BigInt(entry.seq) }) });
};

describe('an exported log', () => {
  it('is written into a new file, never over another', async () => {
    const file = path.join(folder, 'once.jsonl');
    const exported = () => platform.cli('audit', 'export', '--out', file);
    expect((await exported()).stdout).toBe(`4 entries are in ${file}\n`);
    expect((await exported()).code).toBe(2);
  });

  it('is found whole without the platform', async () => {
    const { code, stdout } = await verifyFile(...lines);
    expect([code, stdout]).toEqual([0, `intact: 4 entries, the last with the hash\n${lastHash}\n`]);
  });

  it.each<[string, (all: readonly string[]) => readonly string[], string]>([
    ['changed', ([a = '', b = '', ...rest]) => [a, changed(b, { action: 'x' }), ...rest], '2: it was changed'],
    [
      'changed and hashed again',
      ([a = '', b = '', ...rest]) => [a, rehashed(b, { action: 'x' }), ...rest],
      '3: it does not follow the entry before',
    ],
    ['dropped', ([a = '', , ...rest]) => [a, ...rest], '2: it is missing'],
    ['dropped at the end', (all) => all.slice(0, 3), '4: the log does not end as it should'],
    ['reordered', ([a = '', b = '', c = '', d = '']) => [a, c, b, d], '2: it is missing'],
    ['inserted', ([a = '', b = '', ...rest]) => [a, b, b, ...rest], '2: it stands in the wrong place'],
    ['no entry any more', ([a = '', ...rest]) => [a, '{"seq":', ...rest], '2: it was changed'],
  ])('shows the first row that was %s', async (_name, tamper, found) => {
    const { code, stdout } = await verifyFile(...tamper(lines));
    expect([code, stdout]).toEqual([1, `broken at entry ${found}\n`]);
  });

  it('is found whole in the export of a tenant as well, and so is what was changed there', async () => {
    const { rows } = await admin.query<{ line: string }>(
      'select row_to_json(a)::text as line from audit_log a order by seq desc',
    );
    const file = path.join(folder, 'audit_log.jsonl.gz');
    const verified = async (text: string) => {
      await writeFile(file, gzipSync(text));
      return (await platform.cli('audit', 'verify', file, '--expect', lastHash)).stdout;
    };
    const text = rows.map(({ line }) => `${line}\n`).join('');
    expect(await verified(text)).toMatch(/^intact: 4 entries/);
    expect(await verified(text.replace('"seq":3,', '"seq":9,'))).toMatch(/^broken at entry 3: it is missing/);
    expect(await verified(text.replace('pipeline.create', 'pipeline.delete'))).toMatch(
      /^broken at entry 4: it was changed/,
    );
  });

  it('shows that all of it was written anew', async () => {
    const forged: string[] = [];
    for (const line of lines) {
      const before = forged.at(-1);
      const link = before === undefined ? {} : { previousHash: JSON.parse(before).hash };
      forged.push(rehashed(line, { ...link, origin: null }));
    }
    expect((await verifyFile(...forged)).code).toBe(1);
  });
});

describe('the log of the platform', () => {
  const tampered = async (sql: string, work: () => Promise<void>) => {
    await admin.query('create table audit_backup as select * from audit_log');
    try {
      await admin.query(sql);
      await work();
    } finally {
      await admin.query('delete from audit_log');
      await admin.query('insert into audit_log select * from audit_backup');
      await admin.query('drop table audit_backup');
    }
  };

  it('is found whole, also with the hash of an earlier entry', async () => {
    expect((await platform.cli('audit', 'verify')).stdout).toBe(
      `intact: 4 entries, the last with the hash\n${lastHash}\n`,
    );
    const earlier: string = JSON.parse(lines[1] ?? '').hash;
    expect((await platform.cli('audit', 'verify', '--expect', earlier)).code).toBe(0);
  });

  it.each([
    [`update audit_log set details = '{}' where seq = 3`, { brokenAtSeq: 3, reason: 'content' }],
    ['delete from audit_log where seq = 2', { brokenAtSeq: 2, reason: 'gap' }],
    ['delete from audit_log where seq = 4', { brokenAtSeq: 4, reason: 'end' }],
    ['update audit_log set seq = 5 where seq = 3', { brokenAtSeq: 3, reason: 'gap' }],
  ])('%s shows', async (sql, broken) => {
    await tampered(sql, async () => {
      const { code, stdout } = await platform.cli('audit', 'verify', '--json');
      expect([code, JSON.parse(stdout)]).toEqual([1, { isIntact: false, ...broken }]);
    });
  });

  it('shows a cut end whose head was cut as well to whoever noted the hash', async () => {
    const head = (seq: number) =>
      `update audit_heads set seq = ${seq}, hash = (select hash from audit_log where seq = ${seq})`;
    await tampered(`${head(3)}; delete from audit_log where seq = 4`, async () => {
      expect((await platform.cli('audit', 'verify')).code).toBe(0);
      expect((await platform.cli('audit', 'verify', '--expect', lastHash)).stdout).toBe(
        'broken at entry 4: the log does not end as it should\n',
      );
    });
    await admin.query(head(4));
  });

  it('refuses what is no hash', async () => {
    expect((await platform.cli('audit', 'verify', '--expect', 'abc')).code).toBe(2);
  });
});
