import { expect, test } from 'vitest';
import { findDoorMutants, findPermissionMutants } from '../mutants/find-mutants.ts';
import { judgeMutant } from '../mutants/judge-mutant.ts';

test('the walls stand as they are', async () => {
  expect(await judgeMutant(null)).toMatchObject({ isNoticed: false, hasPassed: true });
});

test.each(findDoorMutants())('the prover notices when $name', async (mutant) => {
  expect(await judgeMutant(mutant, ['apps/api/tests/isolation-prover.test.ts', 'permission-matrix'])).toMatchObject({
    isNoticed: true,
  });
});

// Each place that asks for a permission asks for the weakest one in turn: the tests of the walls must notice every time.
test.each(findPermissionMutants())('it shows when $name', async (mutant) => {
  expect(await judgeMutant(mutant)).toMatchObject({ isNoticed: true });
});
