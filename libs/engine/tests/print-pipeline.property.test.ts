import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { printPipeline, validatePipeline } from '@ia-modules/engine';
import { arbitraryMutant } from './reference/arbitrary-mutant.ts';
import { arbitraryRun } from './reference/arbitrary-run.ts';

const SEED = 20_260_731;

it('reads what it has printed as the same pipeline, and prints that the same way', () => {
  const values = fc.oneof(
    arbitraryRun.map(({ definition }): unknown => definition),
    arbitraryMutant.map(({ value }) => value),
  );
  fc.assert(
    fc.property(values, (value) => {
      const { definition } = validatePipeline(value);
      if (definition === undefined) return;
      const text = printPipeline(definition);
      const { definition: read } = validatePipeline(text);
      expect(read).toEqual(definition);
      expect(read && printPipeline(read)).toBe(text);
    }),
    { numRuns: 300, seed: SEED },
  );
});
