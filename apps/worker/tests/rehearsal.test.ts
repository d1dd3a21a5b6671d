import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  openRehearsalStage,
  RECORDED_AT_MS,
  type Recorded,
  type RehearsalStage,
  type SampleRow,
} from './rehearsal-stage.ts';

let stage: RehearsalStage;

beforeAll(async () => {
  stage = await openRehearsalStage();
  await stage.start();
});

afterAll(async () => {
  await stage?.close();
});

const ended = async (id: string): Promise<string | undefined> => {
  await expect.poll(() => stage.statusOf(id), { timeout: 100_000 }).toMatch(/succeeded|failed|canceled/);
  return await stage.statusOf(id);
};

/** Rehearses these attempts alone, in a tenant of their own. */
const rehearsed = async (slug: string, attempts: readonly Recorded[]): Promise<ReadonlyMap<string, SampleRow>> => {
  const pipeline = await stage.createTenant(slug);
  await stage.record(pipeline, attempts);
  const id = await stage.request(pipeline.tenantId);
  expect(await ended(id)).toBe('succeeded');
  return new Map((await stage.samplesOf(id)).map((sample) => [sample.contribution, sample]));
};

const URL = 'https://api.example.com:8443';

test('what a new version makes of recorded inputs is told apart from what chance, the network and secrets make of them', async () => {
  const samples = await rehearsed('acme', [
    { step: 'greet', input: { name: 'Ada' }, output: { text: 'Hello Ada', length: 3 } },
    { step: 'swap', input: { a: 1, b: [2] }, output: { a: 1, b: [2], sum: 1 } },
    { step: 'price', input: { amount: 2 }, output: { total: 4, currency: 'EUR', lines: [1, 2], 'a/b~c': 1 } },
    { step: 'breaks', input: { name: 'Ada' }, output: { name: 'Ada' } },
    {
      step: 'heals',
      input: { name: 'Ada' },
      error: { name: 'TypeError', code: 'IA_PLUGIN_FAILED', message: 'not yet: Ada' },
    },
    { step: 'strict', input: { size: 'large' }, output: { seen: 1 } },
    { step: 'calls', input: { url: URL }, output: { status: 0 } },
    { step: 'called', input: { url: URL }, output: { status: 200, by: 1 } },
    { step: 'guarded', input: { url: URL }, output: { answer: 'there', by: 1 } },
    { step: 'secret', input: {}, output: { ok: true } },
    { step: 'random', input: {}, output: { id: 0.5, tags: {}, name: 'n' } },
    { step: 'random_and_other', input: {}, output: { id: 0.5, name: 'n1' } },
    { step: 'newly_random', input: {}, output: { id: 1 } },
    { step: 'dated', input: {}, output: { now: 1, clock: 1 } },
    { step: 'slow', input: {}, output: { done: true } },
    { step: 'crashes', input: {}, output: { done: true } },
    {
      step: 'is_short',
      part: 'validate/0',
      input: { value: { text: 'seven77' }, config: {} },
      output: { valid: true, errors: [] },
    },
  ]);
  const verdicts = Object.fromEntries([...samples].map(([name, { verdict }]) => [name, verdict]));
  expect(verdicts).toEqual({
    greet: 'same',
    swap: 'same',
    price: 'different',
    breaks: 'new_error',
    heals: 'cured_error',
    strict: 'schema_refused',
    calls: 'not_comparable',
    called: 'not_comparable',
    guarded: 'different',
    secret: 'not_comparable',
    random: 'same',
    random_and_other: 'different',
    newly_random: 'different',
    dated: 'same',
    slow: 'new_error',
    crashes: 'new_error',
    is_short: 'different',
  });
  const of = (name: string): SampleRow => samples.get(name) as SampleRow;
  expect(of('price').differences).toEqual([
    { path: '/total', kind: 'changed', before: 4, after: 6 },
    { path: '/currency', kind: 'removed', before: 'EUR' },
    { path: '/lines/2', kind: 'added', after: 3 },
    { path: '/a~1b~0c', kind: 'changed', before: 1, after: 2 },
    { path: '/tax', kind: 'added', after: { rate: 19 } },
  ]);
  expect(of('strict').differences).toMatchObject([{ path: '/size', kind: 'refused' }]);
  expect(of('calls').reason).toContain('GET https://api.example.com:8443');
  expect(of('calls').reason).not.toContain('key=1');
  expect(of('called').reason).toContain('GET https://api.example.com:8443');
  expect(of('guarded').differences).toMatchObject([{ path: '/by' }]);
  expect(of('secret').reason).toContain('the secret API_KEY');
  expect(of('random').reason).toContain('/id');
  expect(of('random_and_other').differences).toMatchObject([{ path: '/name' }]);
  expect(of('newly_random').reason).toContain('/id');
  expect(of('dated').after).toMatchObject({ output: { clock: RECORDED_AT_MS } });
  expect(of('slow').after).toMatchObject({ error: { code: 'IA_TASK_TIMEOUT' } });
  expect(of('breaks').after).toMatchObject({ error: { message: 'no longer: Ada' } });
});

test('only what is asked for is taken: of a pipeline, a step, a contribution; different inputs first, failures too', async () => {
  const pipeline = await stage.createTenant('globex');
  const other = await stage.fixtures.createPipeline(pipeline.tenantId, { name: 'other', steps: [] });
  const greet = (name: string): Recorded => ({
    step: 'greet',
    input: { name },
    output: { text: `Hello ${name}`, length: name.length },
  });
  await stage.record(pipeline, [greet('Ada'), greet('Ada'), greet('Ada'), greet('Bob')]);
  await stage.record(pipeline, [
    { ...greet('Eve'), output: undefined, error: { name: 'Error', code: 'IA_PLUGIN_FAILED', message: 'away' } },
  ]);
  await stage.record(other, [{ step: 'key', input: {}, output: {} }]);
  const namesOf = async (options: Parameters<RehearsalStage['request']>[1]): Promise<readonly unknown[]> => {
    const id = await stage.request(pipeline.tenantId, options);
    expect(await ended(id)).toBe('succeeded');
    return (await stage.samplesOf(id)).map(
      ({ contribution, input }) => (input as { name?: string }).name ?? contribution,
    );
  };
  expect(await namesOf({ pipelineId: other.pipelineId })).toEqual(['key']);
  expect(await namesOf({ contribution: 'greet', samples: 3 })).toEqual(['Eve', 'Bob', 'Ada']);
  expect(await namesOf({ contribution: 'greet', samples: 4 })).toEqual(['Eve', 'Bob', 'Ada', 'Ada']);
  expect(await namesOf({ stepId: 'greet_3' })).toEqual(['Bob']);
  expect(await namesOf({ stepId: 'nothing' })).toEqual([]);
});

test('bytes that a plugin keeps stay in the rehearsal, and those of the run can be read', async () => {
  const pipeline = await stage.createTenant('initech');
  const runId = randomUUID();
  const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
  const blob = `${runId}/blobs/${digestOf('from the run')}`;
  await stage.blobs.put(`${pipeline.tenantId}/${blob}`, Buffer.from('from the run'));
  const reference = { blob, sizeBytes: 12, contentType: 'text/plain' };
  const kept = {
    blob: `${runId}/blobs/${digestOf('kept')}`,
    sizeBytes: 4,
    contentType: 'text/plain',
  };
  await stage.record(
    pipeline,
    [
      { step: 'reads', input: { reference }, output: { text: 'from the run' } },
      { step: 'keeps', input: { text: 'kept' }, output: { kept, again: 'kept' } },
      { step: 'key', input: {}, output: { key: 'k', attempt: 1 } },
    ],
    runId,
  );
  const id = await stage.request(pipeline.tenantId);
  expect(await ended(id)).toBe('succeeded');
  const samples = await stage.samplesOf(id);
  expect(samples.map(({ contribution, verdict }) => [contribution, verdict])).toEqual([
    ['key', 'same'],
    ['keeps', 'same'],
    ['reads', 'same'],
  ]);
  expect(samples.map(({ after }) => after)).toMatchObject([
    { output: { key: `${runId}/key_2//`, attempt: 1 } },
    { output: { kept, again: 'kept' } },
    { output: { text: 'from the run' } },
  ]);
  expect(await stage.blobs.get(`${pipeline.tenantId}/${kept.blob}`)).toBeUndefined();
});

test('a hundred large inputs are judged one after the other, and kept by their beginnings', async () => {
  const pipeline = await stage.createTenant('hooli');
  const text = 'x'.repeat(1_000_000);
  const attempts = Array.from({ length: 100 }, (_, place): Recorded => {
    const value = { text: `${place}${text}` };
    return { step: 'large', input: value, output: value };
  });
  await stage.record(pipeline, attempts);
  const id = await stage.request(pipeline.tenantId);
  const before = process.memoryUsage().rss;
  let peak = before;
  const watching = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 20);
  expect(await ended(id)).toBe('succeeded');
  clearInterval(watching);
  const samples = await stage.samplesOf(id);
  expect(samples.map(({ verdict }) => verdict)).toEqual(attempts.map(() => 'same'));
  expect(JSON.stringify(samples[0]).length).toBeLessThan(64_000);
  expect(peak - before).toBeLessThan(300 * 1_024 * 1_024);
}, 120_000);

test('a rehearsal that is canceled ends, and the next one of the tenant begins', async () => {
  const pipeline = await stage.createTenant('umbrella');
  const greet: Recorded = { step: 'greet', input: { name: 'Ada' }, output: { text: 'Hello Ada', length: 3 } };
  const slow = Array.from(
    { length: 40 },
    (_, place): Recorded => ({ step: 'slow', input: { place }, output: { done: true } }),
  );
  await stage.record(pipeline, [greet, ...slow]);
  const first = await stage.request(pipeline.tenantId, { contribution: 'slow' });
  await expect
    .poll(async () => (await stage.samplesOf(first)).filter(({ verdict }) => verdict !== null).length, {
      timeout: 30_000,
    })
    .toBeGreaterThan(0);
  const second = await stage.request(pipeline.tenantId, { contribution: 'greet' });
  expect(await stage.statusOf(second)).toBe('pending');
  await stage.fixtures.pool.query(`update rehearsals set status = 'canceled', finished_at = now() where id = $1`, [
    first,
  ]);
  expect(await ended(second)).toBe('succeeded');
  const judged = (await stage.samplesOf(first)).filter(({ verdict }) => verdict !== null);
  expect(judged.length).toBeLessThan(40);
});

test('what a killed process has begun, another one ends: each sample is judged once', async () => {
  const own = await openRehearsalStage();
  try {
    const pipeline = await own.createTenant('acme');
    const slow = Array.from(
      { length: 3 },
      (_, place): Recorded => ({ step: 'slow', input: { place }, output: { done: true } }),
    );
    await own.record(pipeline, slow);
    const id = await own.request(pipeline.tenantId);
    const judged = async (): Promise<number> =>
      (await own.samplesOf(id)).filter(({ verdict }) => verdict !== null).length;
    const options = {
      databaseUrl: own.database.urls.worker,
      registryUrl: own.registry.url,
      dataDir: own.dataDir,
      leaseMs: 1_000,
    };
    const main = path.join(import.meta.dirname, 'rehearse-main.ts');
    const child = spawn(process.execPath, ['--conditions=ia-src', main, JSON.stringify(options)], { stdio: 'ignore' });
    await expect.poll(judged, { timeout: 30_000 }).toBeGreaterThan(0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await own.statusOf(id)).toBe('running');
    const done = await judged();
    await own.start({ leaseMs: 1_000 });
    await expect.poll(() => own.statusOf(id), { timeout: 60_000 }).toBe('succeeded');
    expect(done).toBeLessThan(3);
    const { rows } = await own.fixtures.pool.query<{ takes: number }>('select takes from rehearsals where id = $1', [
      id,
    ]);
    expect(rows).toEqual([{ takes: 2 }]);
    expect((await own.samplesOf(id)).map(({ verdict }) => verdict)).toEqual(
      Array.from({ length: 3 }, () => 'new_error'),
    );
  } finally {
    await own.close();
  }
}, 90_000);

test('a tenant that is erased meanwhile takes its rehearsals along', async () => {
  const pipeline = await stage.createTenant('pied-piper');
  const slow = Array.from(
    { length: 40 },
    (_, place): Recorded => ({ step: 'slow', input: { place }, output: { done: true } }),
  );
  await stage.record(pipeline, slow);
  const id = await stage.request(pipeline.tenantId);
  await expect.poll(() => stage.statusOf(id), { timeout: 30_000 }).toBe('running');
  await stage.fixtures.pool.query('delete from rehearsals where tenant_id = $1', [pipeline.tenantId]);
  const next = await stage.createTenant('stark');
  await stage.record(next, [{ step: 'greet', input: { name: 'Ada' }, output: { text: 'Hello Ada', length: 3 } }]);
  expect(await ended(await stage.request(next.tenantId))).toBe('succeeded');
  expect(await stage.samplesOf(id)).toEqual([]);
});

test('what stands against the new version ends a rehearsal; against the version of then, the record is compared', async () => {
  const pipeline = await stage.createTenant('wayne');
  await stage.record(pipeline, [{ step: 'greet', input: { name: 'Ada' }, output: { text: 'Hello Ada', length: 3 } }]);
  const takeDown = `insert into takedowns (id, tenant_id, plugin_name, version, reason, taken_down_by)
    select gen_random_uuid(), p.tenant_id, p.name, $1, 'mines coins', 'operator' from plugins p`;
  await stage.fixtures.pool.query(takeDown, ['1.0.0']);
  const id = await stage.request(pipeline.tenantId);
  expect(await ended(id)).toBe('succeeded');
  const [sample] = await stage.samplesOf(id);
  expect(sample).toMatchObject({
    verdict: 'same',
    before: null,
    reason: expect.stringContaining('IA_PLUGIN_TAKEN_DOWN'),
  });
  await stage.fixtures.pool.query(takeDown, ['2.0.0']);
  const refused = await stage.request(pipeline.tenantId);
  expect(await ended(refused)).toBe('failed');
  const { rows } = await stage.fixtures.pool.query('select error from rehearsals where id = $1', [refused]);
  expect(rows).toMatchObject([{ error: { code: 'IA_PLUGIN_TAKEN_DOWN' } }]);
});
