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
  await stage.start();
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
