import { expect, it } from 'vitest';
import { createSlotLimiter } from './slot-limiter.ts';

const owner = {};

/** A limiter with a record of who was let in, in which order. */
const recorded = () => {
  const limiter = createSlotLimiter();
  const granted: string[] = [];
  const acquire = (holder: string, options: { slot?: string; limit?: number; owner?: object } = {}): boolean =>
    limiter.acquire({ holder, owner, slot: 'k', limit: 1, ...options }, () => granted.push(holder));
  return { limiter, granted, acquire };
};

it('lets in as many as the limit says, then one for each that goes, in the order of asking', () => {
  const { limiter, granted, acquire } = recorded();
  const atOnce = ['a', 'b', 'c', 'd'].map((holder) => acquire(holder, { limit: 2 }));
  expect(atOnce).toEqual([true, true, false, false]);
  expect(granted).toEqual(['a', 'b']);
  limiter.release('b');
  limiter.release('a');
  expect(granted).toEqual(['a', 'b', 'c', 'd']);
});

it('forgets who no longer waits', () => {
  const { limiter, granted, acquire } = recorded();
  for (const holder of ['a', 'b', 'c']) acquire(holder);
  limiter.release('b');
  limiter.release('a');
  expect(granted).toEqual(['a', 'c']);
});

it('counts each slot by itself', () => {
  const { granted, acquire } = recorded();
  acquire('a', { slot: 'x' });
  acquire('b', { slot: 'y' });
  expect(granted).toEqual(['a', 'b']);
});

it('ignores what is given back twice, or was never there', () => {
  const { limiter, granted, acquire } = recorded();
  limiter.release('nobody');
  acquire('a');
  limiter.release('a');
  limiter.release('a');
  acquire('b');
  acquire('c');
  expect(granted).toEqual(['a', 'b']);
});

it('keeps the order even where a later one would fit a higher limit', () => {
  const { granted, acquire } = recorded();
  acquire('a', { limit: 1 });
  acquire('b', { limit: 1 });
  acquire('c', { limit: 5 });
  expect(granted).toEqual(['a']);
});

it('lets a holder in that asks while another one goes', () => {
  const limiter = createSlotLimiter();
  const granted: string[] = [];
  limiter.acquire({ holder: 'a', owner, slot: 'k', limit: 1 }, () => granted.push('a'));
  limiter.acquire({ holder: 'b', owner, slot: 'k', limit: 1 }, () => {
    granted.push('b');
    limiter.acquire({ holder: 'c', owner, slot: 'k', limit: 1 }, () => granted.push('c'));
    limiter.release('b');
  });
  limiter.release('a');
  expect(granted).toEqual(['a', 'b', 'c']);
});

it('tells who waits for what others have', () => {
  const { limiter, acquire } = recorded();
  const other = {};
  acquire('a');
  acquire('b');
  expect(limiter.isWaitingForOthers(owner)).toBe(false);
  acquire('x', { owner: other });
  expect(limiter.isWaitingForOthers(other)).toBe(true);
  limiter.release('a');
  limiter.release('b');
  expect(limiter.isWaitingForOthers(other)).toBe(false);
});
