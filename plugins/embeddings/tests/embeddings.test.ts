import type { JsonObject } from '@ia-modules/plugin-sdk';
import { createTestbed, listen, type LocalServer, sendJson, type Testbed } from '@ia-modules/plugin-testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { plugin } from '../src/index.ts';

type Asked = {
  readonly model: string;
  readonly input: readonly string[];
  readonly encoding_format: string;
  readonly dimensions?: number;
};

/** A model of three dimensions: how many vowels, consonants and other characters a text has. */
const vectorOf = (text: string): readonly number[] => {
  const vowels = text.match(/[aeiou]/gi)?.length ?? 0;
  const letters = text.match(/[a-z]/gi)?.length ?? 0;
  return [vowels, letters - vowels, text.length - letters];
};

const inBase64 = (vector: readonly number[]): string =>
  Buffer.from(Float32Array.from(vector).buffer).toString('base64');

let server: LocalServer;
let testbed: Testbed;
let statuses: number[] = [];

const answer = ({ input, model, encoding_format: format, dimensions }: Asked): JsonObject => {
  const vectors = input.map((text) => (model === 'short' && text === 'b' ? [1] : vectorOf(text).slice(0, dimensions)));
  const data = vectors.map((vector, index) => ({
    object: 'embedding',
    index,
    embedding: format === 'base64' ? inBase64(vector) : vector,
  }));
  const usage = { prompt_tokens: input.length * 10, total_tokens: input.length * 10 };
  return { object: 'list', model, data: model === 'lossy' ? data.slice(1) : data.toReversed(), usage };
};

beforeAll(async () => {
  server = await listen(({ body }, response) => {
    const status = statuses.shift() ?? 200;
    if (status === 200) sendJson(response, answer(JSON.parse(body.toString()) as Asked));
    else response.writeHead(status, { 'retry-after': '0' }).end();
  });
  testbed = createTestbed({ plugin, packageJson });
});
beforeEach(() => {
  server.seen.length = 0;
  statuses = [];
  testbed.reset();
});
afterAll(() => server.close());

const model = (rest: JsonObject = {}): JsonObject => ({
  base_url: `${server.origin}/v1`,
  model: 'text-embedding-3-small',
  ...rest,
});
const TEXTS = ['abc', 'eio', 'x-y-z', 'a', 'bb'];

describe('embeddings.create', () => {
  it.each(['float', 'base64'])('makes one embedding for each text, in order, as %s', async (encoding) => {
    expect(await testbed.step('create', model({ texts: TEXTS, encoding, batch_size: 2, api_key: 'hush' }))).toEqual({
      embeddings: TEXTS.map(vectorOf),
      dimensions: 3,
      model: 'text-embedding-3-small',
      tokens: 50,
      cost_usd: expect.closeTo((50 * 0.02) / 1e6, 15) as number,
    });
    expect(server.seen).toHaveLength(3);
    expect(server.seen[0]?.headers).toMatchObject({ authorization: 'Bearer hush' });
    expect(testbed.costs).toHaveLength(3);
    expect(testbed.progress.at(-1)).toEqual([1, '5 of 5 texts']);
  });

  it('asks for dimensions, and checks them', async () => {
    expect(await testbed.step('create', model({ texts: ['abc'], dimensions: 2 }))).toMatchObject({
      embeddings: [[1, 2]],
    });
    await expect(testbed.step('create', model({ texts: ['abc'], dimensions: 4 }))).rejects.toMatchObject({
      code: 'IA_PLUGIN_INPUT',
    });
    await expect(testbed.step('create', model({ texts: ['a', 'b'], model: 'short' }))).rejects.toThrow(
      /1 dimensions instead of 3/,
    );
  });

  it('tries again where that can help', async () => {
    statuses = [429, 503];
    expect(await testbed.step('create', model({ texts: ['a'] }))).toMatchObject({ embeddings: [[1, 0, 0]] });
    statuses = [401];
    await expect(testbed.step('create', model({ texts: ['a'] }))).rejects.toMatchObject({ retryable: false });
    expect(server.seen).toHaveLength(4);
  });

  it('pays for the batches that were made, also when one fails', async () => {
    statuses = [200, 400];
    await expect(testbed.step('create', model({ texts: ['a', 'b'], batch_size: 1 }))).rejects.toMatchObject({
      details: { status: 400 },
    });
    expect(testbed.costs).toHaveLength(1);
  });

  it('says when an embedding is missing', async () => {
    await expect(testbed.step('create', model({ texts: TEXTS, model: 'lossy' }))).rejects.toMatchObject({
      name: 'HttpBodyError',
    });
  });

  it('warns of a model without a price, and takes one from the pipeline', async () => {
    expect(await testbed.step('create', model({ texts: ['a'], model: 'own' }))).toMatchObject({ cost_usd: 0 });
    expect(testbed.logs).toMatchObject([{ level: 'warn' }]);
    expect(await testbed.step('create', model({ texts: ['a'], model: 'own', price_per_million: 1_000 }))).toMatchObject(
      { cost_usd: 0.01 },
    );
  });
});

describe('embeddings.similar', () => {
  const candidates = [
    { id: 'same', embedding: [2, 0], data: { page: 1 } },
    { id: 'near', embedding: [1, 1] },
    { id: 'far', embedding: [-1, 0] },
    { id: 'none', embedding: [0, 0] },
  ];
  const similar = async (input: JsonObject) => {
    const { matches } = await testbed.step('similar', { query: [1, 0], candidates, ...input });
    return (matches as unknown as { id: string; score: number }[]).map(({ id, score }) => [
      id,
      Math.round(score * 100) / 100,
    ]);
  };

  it.each<[JsonObject, unknown]>([
    [
      {},
      [
        ['same', 1],
        ['near', 0.71],
        ['none', 0],
        ['far', -1],
      ],
    ],
    [{ top_k: 1 }, [['same', 1]]],
    [
      { min_score: 0.5 },
      [
        ['same', 1],
        ['near', 0.71],
      ],
    ],
    [
      { metric: 'dot', top_k: 2 },
      [
        ['same', 2],
        ['near', 1],
      ],
    ],
    [
      { metric: 'euclidean', top_k: 3 },
      [
        ['same', 0.5],
        ['near', 0.5],
        ['none', 0.5],
      ],
    ],
    [{ candidates: [] }, []],
  ])('finds with %j', async (input, matches) => {
    expect(await similar(input)).toEqual(matches);
  });

  it('hands data on', async () => {
    expect(await testbed.step('similar', { query: [1, 0], candidates, top_k: 2 })).toMatchObject({
      matches: [{ data: { page: 1 } }, { data: null }],
    });
  });

  it('refuses vectors that do not go together', async () => {
    await expect(similar({ query: [1, 0, 0] })).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
    await expect(similar({ query: [0, 0] })).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
  });
});

describe('embeddings.is_similar', () => {
  it.each<[JsonObject, boolean]>([
    [
      {
        vectors: [
          [1, 0],
          [1, 0.1],
        ],
      },
      true,
    ],
    [
      {
        vectors: [
          [1, 0],
          [0, 1],
        ],
      },
      false,
    ],
    [
      {
        vectors: [
          [1, 0],
          [0, 1],
        ],
        min_score: 0,
      },
      true,
    ],
  ])('%j: %s', async (config, holds) => {
    expect(await testbed.condition('is_similar', config)).toBe(holds);
  });

  it('makes the embeddings of two texts', async () => {
    expect(await testbed.condition('is_similar', model({ texts: ['abc', 'abd'] }))).toBe(true);
    expect(await testbed.condition('is_similar', model({ texts: ['aaa', '---'] }))).toBe(false);
    expect(testbed.costs).toHaveLength(2);
  });

  it('refuses to compare nothing', async () => {
    await expect(testbed.condition('is_similar', {})).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
    await expect(testbed.condition('is_similar', { texts: ['a', 'b'] })).rejects.toMatchObject({
      code: 'IA_PLUGIN_INPUT',
    });
  });
});
