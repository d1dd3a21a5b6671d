import { expect, test } from 'vitest';
import { findPermissionMutants } from '../mutants/find-mutants.ts';
import { judgeMutant } from '../mutants/judge-mutant.ts';

// Each place that asks for a permission asks for the weakest one in turn: the tests of the walls must notice every time.
test.each(findPermissionMutants())('it shows when $name', async (mutant) => {
  expect(await judgeMutant(mutant)).toMatchObject({ isNoticed: true });
});
