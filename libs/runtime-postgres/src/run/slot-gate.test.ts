import { expect, test } from 'vitest';
import { createSlotGate } from './slot-gate.ts';

test('nobody is let in before it opens, and then no more than there is room', () => {
  const gate = createSlotGate();
  const granted: string[] = [];
  const ask = (holder: string): boolean => gate.acquire({ holder, slot: 's', limit: 2 }, () => granted.push(holder));
  expect(['a', 'b', 'gone', 'c'].map(ask)).toEqual([false, false, false, false]);
  gate.release('gone');
  gate.retake({ holder: 'before', slot: 's' });
  expect(granted).toEqual([]);
  gate.open();
  expect(granted).toEqual(['a']);
  gate.release('before');
  gate.release('a');
  expect(granted).toEqual(['a', 'b', 'c']);
});

test('places that were held are taken back, even where they are more than the limit', () => {
  const gate = createSlotGate();
  const granted: string[] = [];
  for (const holder of ['x', 'y', 'z']) gate.retake({ holder, slot: 's' });
  gate.open();
  gate.acquire({ holder: 'next', slot: 's', limit: 1 }, () => granted.push('next'));
  for (const holder of ['x', 'y']) gate.release(holder);
  expect(granted).toEqual([]);
  gate.release('z');
  expect(granted).toEqual(['next']);
});
