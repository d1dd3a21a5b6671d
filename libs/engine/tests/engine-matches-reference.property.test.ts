import * as fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import { allowedAnswers } from './reference/allowed-answers.ts';
import { arbitraryCase } from './reference/arbitrary-case.ts';
import { runEngine } from './reference/run-engine.ts';
import { runReference } from './reference/reference-run.ts';
import { planOf } from './reference/run-to-rest.ts';

it('runs random pipelines to what the rulings say', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryCase, async (referenceCase) => {
      const answer = await runEngine(planOf(referenceCase.definition), referenceCase);
      for (const allowed of allowedAnswers(referenceCase)) if (isDeepStrictEqual(answer, allowed)) return;
      expect(answer).toEqual(runReference(referenceCase));
    }),
    { numRuns: 800, seed: 20_260_731 },
  );
});
