import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { validatePipeline, type Diagnostic } from '@ia-modules/engine';
import { arbitraryCase } from './reference/arbitrary-case.ts';
import type { ReferenceCase } from './reference/reference-case.ts';
import type { TracedAnswer } from './reference/answer.ts';
import { traceReference } from './reference/reference-run.ts';

const SEED = 20_260_731;

/** Whether something happened that a diagnostic says can't. */
const isRefuted = (
  { code, path }: Diagnostic,
  { definition }: ReferenceCase,
  { answer, taken }: TracedAnswer,
): boolean => {
  const index = Number(/\[(\d+)\]/.exec(path)?.[1]);
  const step = definition.steps[index];
  switch (code) {
    case 'IA_PIPELINE_DEAD_TRANSITION':
      return taken.has(index);
    case 'IA_PIPELINE_UNREACHABLE':
      return answer.steps[step?.id ?? '']?.iterations !== 0;
    case 'IA_PIPELINE_JOIN':
      return (
        path.endsWith('at_least') &&
        definition.flow?.start_at === undefined &&
        answer.endings[`${step?.id ?? ''}#`]?.status === 'succeeded' &&
        answer.endings[`${step?.id ?? ''}#`]?.error === undefined
      );
    default:
      return false;
  }
};

it('never calls impossible what happens', () => {
  fc.assert(
    fc.property(arbitraryCase, (referenceCase) => {
      const { diagnostics } = validatePipeline(referenceCase.definition);
      const trace = traceReference(referenceCase);
      expect(diagnostics.filter((diagnostic) => isRefuted(diagnostic, referenceCase, trace))).toEqual([]);
    }),
    { numRuns: 1_000, seed: SEED },
  );
});

it('warns of every output that may be missing', () => {
  fc.assert(
    fc.property(arbitraryCase, (referenceCase) => {
      const { diagnostics } = validatePipeline(referenceCase.definition);
      fc.pre(!diagnostics.some(({ code }) => code === 'IA_PIPELINE_MAYBE_MISSING'));
      const { endings } = traceReference(referenceCase).answer;
      expect(Object.values(endings).filter(({ error }) => error === 'IA_EXPRESSION_FAILED')).toEqual([]);
    }),
    { numRuns: 500, seed: SEED },
  );
});
