import { expect, test } from 'vitest';
import { findDoorMutants } from './find-mutants.ts';
import { judgeMutant } from './judge-mutant.ts';

const TIMEOUT_MS = 120_000;

test('the walls stand as they are', { timeout: TIMEOUT_MS }, async () => {
  expect(await judgeMutant(null)).toMatchObject({ isNoticed: false, hasPassed: true });
});

// Each door is left open in turn: the tests of the walls must notice every time. `npm run prove` takes every single check away.
test.each(findDoorMutants())('it shows when $name', { timeout: TIMEOUT_MS }, async (mutant) => {
  expect(await judgeMutant(mutant)).toMatchObject({ isNoticed: true });
});
