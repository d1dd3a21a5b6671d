import { expect, test } from 'vitest';
import { CountedPlaces } from './counted-places.ts';

test('nobody gets more places than there are for each, and one that was given back is free once', () => {
  const places = new CountedPlaces(2);
  const leave = places.take('a');
  expect(places.take('a')).not.toBeNull();
  expect(places.take('a')).toBeNull();
  expect(places.take('a', 3)).not.toBeNull();
  expect(places.take('b')).not.toBeNull();
  leave?.();
  leave?.();
  expect(places.total).toBe(3);
  expect(places.take('a')).toBeNull();
});
