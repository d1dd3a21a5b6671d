import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { createTestbed } from '@ia-modules/plugin-testbed';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plugin } from '../src/index.ts';
import packageJson from '../package.json' with { type: 'json' };

const testbed = createTestbed({ plugin, packageJson });
const holds = async (name: string, config: JsonObject): Promise<boolean> =>
  (await testbed.condition(name, config)) === true;
const keys = Array.from({ length: 2_000 }, (_, at) => `customer-${at}`);
const shareOf = async (name: string, configOf: (key: string) => JsonObject): Promise<number> => {
  const answers = await Promise.all(keys.map((key) => holds(name, configOf(key))));
  return answers.filter(Boolean).length / keys.length;
};

describe('chance', () => {
  it('holds for about that share, and for a key always alike', async () => {
    expect(await shareOf('chance', (key) => ({ probability: 0.3, key }))).toBeCloseTo(0.3, 1);
    const config = { probability: 0.5, key: 'k' };
    expect(await holds('chance', config)).toBe(await holds('chance', config));
    expect(await holds('chance', { probability: 1 })).toBe(true);
    expect(await holds('chance', { probability: 0 })).toBe(false);
  });

  it('decides anew with another seed', async () => {
    const answers = await Promise.all(
      keys.slice(0, 50).map((seed) => holds('chance', { probability: 0.5, key: 'k', seed })),
    );
    expect(new Set(answers).size).toBe(2);
  });
});

describe('weighted', () => {
  it('holds for exactly one arm', async () => {
    const weights = fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.nat(100), {
      minKeys: 1,
      maxKeys: 5,
      noNullPrototype: true,
    });
    await fc.assert(
      fc.asyncProperty(weights, fc.string({ minLength: 1 }), async (arms, key) => {
        fc.pre(Object.values(arms).some((weight) => weight > 0));
        const answers = await Promise.all(Object.keys(arms).map((arm) => holds('weighted', { arms, arm, key })));
        expect(answers.filter(Boolean)).toHaveLength(1);
      }),
      { numRuns: 100 },
    );
  });

  it('goes by the weights, in whatever order they stand', async () => {
    expect(await shareOf('weighted', (key) => ({ arms: { a: 90, b: 10 }, arm: 'b', key }))).toBeCloseTo(0.1, 1);
    for (const key of keys.slice(0, 20)) {
      expect(await holds('weighted', { arms: { a: 1, b: 1 }, arm: 'a', key })).toBe(
        await holds('weighted', { arms: { b: 1, a: 1 }, arm: 'a', key }),
      );
    }
  });

  it('refuses arms that are none', async () => {
    await expect(holds('weighted', { arms: { a: 1 }, arm: 'b' })).rejects.toThrow('none of the arms');
    await expect(holds('weighted', { arms: { a: 0 }, arm: 'a' })).rejects.toThrow('above 0');
  });
});

describe('canary', () => {
  it('lets nobody out while the share grows', async () => {
    for (const key of keys.slice(0, 200)) {
      const answers = await Promise.all([5, 25, 50, 100].map((percent) => holds('canary', { percent, key })));
      expect(answers).toEqual(answers.toSorted((left, right) => Number(left) - Number(right)));
      expect(answers[3]).toBe(true);
    }
    expect(await shareOf('canary', (key) => ({ percent: 20, key }))).toBeCloseTo(0.2, 1);
  });

  it('knows who is always in and never', async () => {
    expect(await holds('canary', { percent: 0, key: 'a', always: ['a'] })).toBe(true);
    expect(await holds('canary', { percent: 100, key: 'a', always: ['a'], never: ['a'] })).toBe(false);
    await expect(holds('canary', { percent: 5 })).rejects.toMatchObject({ code: 'IA_PLUGIN_INPUT' });
  });
});

describe('choose', () => {
  const arms: Json = [
    { name: 'old', pulls: 100, reward: 20 },
    { name: 'new', pulls: 100, reward: 80 },
  ];
  const choose = (more: JsonObject) => testbed.step('choose', { arms, ...more });
  const shares = async (algorithm: string, count = 400): Promise<number> => {
    const chosen = await Promise.all(keys.slice(0, count).map((seed) => choose({ algorithm, seed })));
    return chosen.filter(({ arm }) => arm === 'new').length / count;
  };

  it('takes what earns most, most of the time', async () => {
    expect(await shares('thompson')).toBeGreaterThan(0.99);
    expect(await shares('ucb1', 1)).toBe(1);
    expect(await shares('epsilon_greedy')).toBeCloseTo(0.95, 1);
  });

  it('tries what was never tried', async () => {
    const untried = { arms: [...(arms as Json[]), { name: 'fresh' }] };
    expect(await choose({ ...untried, algorithm: 'ucb1' })).toMatchObject({
      arm: 'fresh',
      reason: expect.stringContaining('never'),
    });
    expect(await choose({ ...untried, algorithm: 'epsilon_greedy' })).toMatchObject({ arm: 'fresh' });
    const drawn = await Promise.all(keys.slice(0, 200).map((seed) => choose({ ...untried, seed })));
    expect(drawn.some(({ arm }) => arm === 'fresh')).toBe(true);
  });

  it('chooses alike for a seed, and explains itself', async () => {
    const first = await choose({ seed: 's' });
    expect(await choose({ seed: 's' })).toEqual(first);
    expect(first).toEqual({
      arm: 'new',
      reason: expect.stringMatching(/^new drew 0\.\d{3}, the highest of all\.$/),
      scores: [
        { name: 'new', pulls: 100, mean: 0.8, score: expect.any(Number) },
        { name: 'old', pulls: 100, mean: 0.2, score: expect.any(Number) },
      ],
    });
  });

  it('refuses what can not be', async () => {
    await expect(choose({ arms: [{ name: 'a', pulls: 1, reward: 2 }] })).rejects.toThrow('more than its pulls');
    await expect(choose({ arms: [{ name: 'a' }, { name: 'a' }] })).rejects.toThrow('Two arms');
  });
});

describe('rank', () => {
  it('weighs criteria, and shows what each adds', async () => {
    const options = [
      { name: 'fast', values: { price: 10, quality: 3 } },
      { name: 'cheap', values: { price: 5, quality: 1 } },
      { name: 'odd', values: { price: 5 } },
    ];
    const criteria = { price: { better: 'lower' }, quality: { weight: 3 } };
    expect(await testbed.step('rank', { options, criteria })).toEqual({
      best: 'fast',
      ranking: [
        { name: 'fast', score: 0.75, parts: { price: 0, quality: 0.75 } },
        { name: 'cheap', score: 0.25, parts: { price: 0.25, quality: 0 } },
        { name: 'odd', score: 0.25, parts: { price: 0.25, quality: 0 } },
      ],
    });
    await expect(testbed.step('rank', { options, criteria: {} })).rejects.toThrow('1 to 50 criteria');
  });
});
