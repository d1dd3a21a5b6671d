import { describe, expect, it } from 'vitest';
import { Slots } from './slots.ts';

type Bounds = {
  readonly maxPerKey?: number;
  readonly maxPerTenant?: number;
  readonly maxWeight?: number;
  readonly maxWeightPerTenant?: number;
};
type Taking = {
  readonly tenantId?: string;
  readonly weight?: number;
  readonly capacity?: number;
  readonly signal?: AbortSignal;
};

const slotsOf = (max: number, bounds: Bounds = {}) => {
  const { maxPerKey = 1, maxPerTenant = max, maxWeight = 1_000, maxWeightPerTenant = maxWeight } = bounds;
  const discarded: string[] = [];
  const broken = new Set<string>();
  let count = 0;
  const slots = new Slots<string>({
    max,
    maxPerKey,
    maxPerTenant,
    maxWeight,
    maxWeightPerTenant,
    idleMs: 60_000,
    tooHeavy: () => new Error('too heavy'),
    isUsable: (value) => !broken.has(value),
    discard: async (value) => void discarded.push(value),
  });
  const take = (key: string, { tenantId = key, weight = 1, capacity = 1, signal }: Taking = {}) =>
    slots.acquire({ key, tenantId, weight, capacity, start: async () => `${key}${++count}`, signal });
  return { slots, take, discarded, broken };
};

describe('Slots', () => {
  it('lends the same value again', async () => {
    const { take } = slotsOf(2);
    const first = await take('a');
    first.release();
    expect((await take('a')).value).toBe(first.value);
  });

  it('discards the least recently used idle value for another key', async () => {
    const { take, discarded } = slotsOf(2);
    for (const key of ['a', 'b', 'a', 'c']) (await take(key)).release();
    expect(discarded).toEqual(['b2']);
  });

  it('lets borrowers wait in order when all are busy', async () => {
    const { take } = slotsOf(1);
    const first = await take('a');
    const served: string[] = [];
    const waiting = ['b', 'c'].map(async (key) => {
      const slot = await take(key);
      served.push(key);
      slot.release();
    });
    first.release();
    await Promise.all(waiting);
    expect(served).toEqual(['b', 'c']);
  });

  it('bounds one key', async () => {
    const { take } = slotsOf(5, { maxPerKey: 2 });
    const [one] = await Promise.all([take('a'), take('a')]);
    const third = take('a');
    one?.release();
    expect((await third).value).toBe(one?.value);
  });

  it('replaces a value that broke while it was lent', async () => {
    const { take, broken, discarded } = slotsOf(1);
    const slot = await take('a');
    broken.add(slot.value);
    slot.release();
    expect((await take('a')).value).toBe('a2');
    expect(discarded).toEqual(['a1']);
  });

  it('forgets a borrower that gave up waiting', async () => {
    const { take } = slotsOf(1);
    const first = await take('a');
    const controller = new AbortController();
    const waiting = take('b', { signal: controller.signal });
    controller.abort(new Error('gave up'));
    await expect(waiting).rejects.toThrow('gave up');
    first.release();
    expect((await take('a')).value).toBe('a1');
  });

  it('lends one value to several borrowers, and those that waited for it to start', async () => {
    const { take } = slotsOf(1);
    const slots = await Promise.all([1, 2, 3].map(() => take('a', { capacity: 3 })));
    expect(slots.map(({ value }) => value)).toEqual(['a1', 'a1', 'a1']);
  });

  it('lets a shared value become idle when another tenant waits', async () => {
    const { take, discarded } = slotsOf(1);
    const first = await take('a', { capacity: 2 });
    const other = take('b');
    const late = take('a', { capacity: 2 });
    first.release();
    (await other).release();
    expect([(await late).value, discarded]).toEqual(['a3', ['a1', 'b2']]);
  });

  it('lets tenants take turns, however many borrowers each has', async () => {
    const { take } = slotsOf(1);
    const first = await take('x', { tenantId: 'hot' });
    const served: string[] = [];
    const serve = async (key: string, tenantId: string): Promise<void> => {
      const slot = await take(key, { tenantId });
      served.push(tenantId);
      slot.release();
    };
    const waiting = [1, 2, 3, 4].map(() => serve('x', 'hot'));
    waiting.push(serve('y', 'calm'), serve('y', 'calm'));
    first.release();
    await Promise.all(waiting);
    expect(served).toEqual(['hot', 'calm', 'hot', 'calm', 'hot', 'hot']);
  });

  it('leaves room for other tenants', async () => {
    const { take } = slotsOf(3, { maxPerTenant: 2 });
    const own = await Promise.all([take('a', { tenantId: 't' }), take('b', { tenantId: 't' })]);
    const third = take('c', { tenantId: 't' });
    expect((await take('d', { tenantId: 'other' })).value).toBe('d3');
    own[0].release();
    expect((await third).value).toMatch(/^c/);
  });

  it('leaves weight for other tenants, and lends one value of any weight', async () => {
    const { take } = slotsOf(5, { maxWeight: 10, maxWeightPerTenant: 7 });
    const heavy = await take('a', { tenantId: 't', weight: 9 });
    const second = take('b', { tenantId: 't', weight: 1 });
    expect((await take('c', { tenantId: 'other', weight: 1 })).value).toBe('c2');
    heavy.release();
    const third = take('d', { tenantId: 't', weight: 6 });
    expect([(await second).value, (await third).value]).toEqual(['b3', 'd4']);
  });

  it('counts an idle value that is lent again in the share of its tenant', async () => {
    const { take, discarded } = slotsOf(5, { maxWeight: 10, maxWeightPerTenant: 7 });
    (await take('a', { tenantId: 't', weight: 4 })).release();
    const second = await take('b', { tenantId: 't', weight: 4 });
    const again = take('a', { tenantId: 't', weight: 4 });
    expect((await take('c', { tenantId: 'other', weight: 6 })).value).toBe('c3');
    second.release();
    expect([(await again).value, discarded]).toEqual(['a4', ['a1', 'b2']]);
  });

  it('bounds what all values weigh together, and waits for those that leave', async () => {
    const { slots, take, discarded } = slotsOf(5, { maxWeight: 10 });
    for (const key of ['a', 'b']) (await take(key, { weight: 4 })).release();
    expect((await take('c', { weight: 6 })).value).toBe('c3');
    expect(discarded).toEqual(['a1']);
    await expect(take('d', { weight: 11 })).rejects.toThrow('too heavy');
    await slots.close(new Error('closed'));
  });

  it('serves one that needs much room although others that need little come and go', async () => {
    const { take } = slotsOf(2, { maxWeight: 2 });
    let rounds = 0;
    const comeAndGo = async (key: string): Promise<void> => {
      for (let turn = 0; turn < 200; turn++, rounds++) {
        const slot = await take(key);
        await Promise.resolve();
        slot.release();
      }
    };
    const light = [comeAndGo('a'), comeAndGo('b')];
    (await take('heavy', { weight: 2 })).release();
    expect(rounds).toBeLessThan(200);
    await Promise.all(light);
  });

  it('frees the place of a value that did not start', async () => {
    const { slots, take } = slotsOf(1);
    const failing = slots.acquire({
      key: 'a',
      tenantId: 'a',
      weight: 1,
      capacity: 1,
      start: () => Promise.reject(new Error('no start')),
    });
    const next = take('b');
    await expect(failing).rejects.toThrow('no start');
    expect((await next).value).toBe('b1');
  });

  it('closes: what was about to start goes as well, and is waited for', async () => {
    const { slots, discarded } = slotsOf(1);
    const started = Promise.withResolvers<string>();
    const opening = slots.acquire({ key: 'a', tenantId: 'a', weight: 1, capacity: 1, start: () => started.promise });
    const closing = Promise.allSettled([opening, slots.close(new Error('closed'))]);
    started.resolve('late');
    const [outcome] = await closing;
    expect([outcome, discarded]).toMatchObject([{ reason: { message: 'closed' } }, ['late']]);
  });

  it('closes: what waits is refused, what is lent is discarded', async () => {
    const { slots, take, discarded } = slotsOf(1);
    await take('a');
    const waiting = take('b');
    const [outcome] = await Promise.allSettled([waiting, slots.close(new Error('closed'))]);
    expect(outcome).toMatchObject({ reason: { message: 'closed' } });
    expect(discarded).toEqual(['a1']);
    await expect(take('a')).rejects.toThrow('closed');
  });
});
