import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distanceKm } from '../src/distance.ts';

const ZURICH = { lat: 47.3769, lon: 8.5417 };

for (const [name, to, km] of [
  ['Bern', { lat: 46.948, lon: 7.4474 }, 95.5],
  ['Sydney', { lat: -33.8688, lon: 151.2093 }, 16_570],
  ['itself', ZURICH, 0],
] as const) {
  test(`from Zurich to ${name}`, () => {
    assert.ok(Math.abs(distanceKm(ZURICH, to) - km) <= km * 0.005);
  });
}

test('crosses the date line and the poles', () => {
  assert.ok(distanceKm({ lat: 0, lon: 179.5 }, { lat: 0, lon: -179.5 }) < 112);
  assert.equal(distanceKm({ lat: 90, lon: 0 }, { lat: 90, lon: 123 }), 0);
});
