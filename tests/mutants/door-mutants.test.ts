import { expect, test } from 'vitest';
import { findDoorMutants } from './find-mutants.ts';
import { judgeMutant, QUICK_TESTS } from './judge-mutant.ts';

const TIMEOUT_MS = 120_000;

// Each door is left open in turn: the tests of the walls must notice every time. `npm run prove` takes every single check away.
test.each(findDoorMutants())('it shows when $name', { timeout: TIMEOUT_MS }, async (mutant) => {
  expect(await judgeMutant(mutant, QUICK_TESTS)).toMatchObject({ isNoticed: true });
});
