import packageJson from '../package.json' with { type: 'json' };
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import type { Json } from '@ia-modules/plugin-sdk';
import { createTestbed } from '@ia-modules/plugin-testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plugin } from '../src/index.ts';

let postgres: TestDatabase;
const bed = createTestbed({ plugin, packageJson });

beforeAll(async () => {
  postgres = await createTestDatabase();
});

afterAll(async () => {
  await bed.close();
  await postgres?.drop();
});

const step = (name: string, input: Record<string, Json>) =>
  bed.step(name, { connection: `${postgres.adminUrl}?sslmode=disable`, ...input });

const ids = (matches: Json | undefined) => (matches as { id: string }[]).map(({ id }) => id);

// The PostgreSQL of the tests has no pgvector: its backend runs where a server has the extension, and nowhere here.
describe('without the extension', () => {
  it('says what to do when pgvector is asked for', async () => {
    await expect(
      step('upsert', { table: 'none', backend: 'pgvector', items: [{ id: 'a', embedding: [1] }] }),
    ).rejects.toMatchObject({
      name: 'ExtensionMissingError',
      retryable: false,
      hint: 'Install pgvector on its server, or set "backend" to "exact".',
    });
  });

  it('keeps lists of numbers', async () => {
    const items = [{ id: 'a', embedding: [1, 0] }];
    expect(await step('upsert', { table: 'auto_made', items })).toEqual({ upserted: 1, backend: 'exact' });
    await expect(step('upsert', { table: 'auto_made', backend: 'pgvector', items })).rejects.toThrow('as exact');
  });
});

describe('exact search', () => {
  const table = 'docs';

  beforeAll(async () => {
    const items = [
      { id: 'east', embedding: [1, 0, 0], content: 'East', metadata: { lang: 'en', tags: ['a', 'b'] } },
      { id: 'north-east', embedding: [2, 2, 0], content: 'North-east', metadata: { lang: 'en' } },
      { id: 'north', embedding: [0, 5, 0], metadata: { lang: 'de' } },
      { id: 'west', embedding: [-3, 0, 0] },
      { id: 'nowhere', embedding: [0, 0, 0] },
    ];
    await step('upsert', { table, backend: 'exact', items });
  });

  it('orders by the cosine', async () => {
    const { matches } = await step('search', { table, embedding: [10, 0, 0] });
    expect(matches).toEqual([
      { id: 'east', score: 1, content: 'East', metadata: { lang: 'en', tags: ['a', 'b'] } },
      { id: 'north-east', score: expect.closeTo(Math.SQRT1_2), content: 'North-east', metadata: { lang: 'en' } },
      { id: 'north', score: 0, content: null, metadata: { lang: 'de' } },
      { id: 'west', score: -1, content: null, metadata: {} },
    ]);
  });

  it.each<[Record<string, Json>, readonly string[]]>([
    [{ limit: 2 }, ['east', 'north-east']],
    [{ min_score: 0.5 }, ['east', 'north-east']],
    [{ filter: { lang: 'de' } }, ['north']],
    [{ filter: { tags: ['b'] } }, ['east']],
    [{ filter: { lang: "' or true --" } }, []],
  ])('minds %j', async (more, found) => {
    expect(ids((await step('search', { table, embedding: [1, 0, 0], ...more }))['matches'])).toEqual(found);
  });

  it('finds nothing for other numbers of dimensions, nor in a table that is not there', async () => {
    expect(await step('search', { table, embedding: [1, 0] })).toEqual({ matches: [] });
    expect(await step('search', { table: 'not_there', embedding: [1] })).toEqual({ matches: [] });
  });

  it('replaces what is there, whole', async () => {
    await step('upsert', { table, items: [{ id: 'west', embedding: [1, 0, 0.1], content: 'turned' }] });
    const { matches } = await step('search', { table, embedding: [1, 0, 0.1], limit: 1 });
    expect(matches).toMatchObject([{ id: 'west', content: 'turned' }]);
  });

  it('keeps all items or none', async () => {
    const items = Array.from({ length: 300 }, (_, index) => ({ id: `many-${index}`, embedding: [1, 2, 3] }));
    await expect(step('upsert', { table, items: [...items, { id: 'odd', embedding: [1] }] })).rejects.toMatchObject({
      code: 'IA_PLUGIN_INPUT',
    });
    await expect(step('upsert', { table, items: [{ id: 'flat', embedding: [1, 2] }] })).rejects.toMatchObject({
      name: 'ConstraintError',
    });
    expect(await step('upsert', { table, items })).toMatchObject({ upserted: 300 });
    await expect(step('upsert', { table, items: [...items, ...items] })).rejects.toMatchObject({
      code: 'IA_PLUGIN_INPUT',
    });
  });

  it('deletes by id or by metadata', async () => {
    expect(await step('delete', { table, ids: ['north', 'never'] })).toEqual({ deleted: 1 });
    expect(await step('delete', { table, filter: { lang: 'en' } })).toEqual({ deleted: 2 });
    for (const wrong of [{}, { filter: {} }, { ids: ['a'], filter: { a: 1 } }]) {
      await expect(step('delete', { table, ...wrong })).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
    }
  });

  it.each(['docs; drop table docs', 'a.b.c', '"docs"'])('refuses the table %s', async (name) => {
    await expect(step('search', { table: name, embedding: [1] })).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
  });
});
