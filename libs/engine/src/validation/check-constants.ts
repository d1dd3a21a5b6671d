import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Expression, Scope } from '../expression/expression.ts';
import { workDone } from '../expression/work-budget.ts';
import type { Reading } from './expression-place.ts';
import type { PipelineCheck } from './pipeline-check.ts';

/** What is spent on one validation: beyond it, constants are not looked at. */
const MAX_WORK = 1_000_000;
const WORK_PER_EXPRESSION = 1_000;

const NOTHING: Scope = { parameters: {}, steps: {}, run: {}, trigger: {}, iteration: 0, iteration_path: [] };

/** What reads nothing gives the same in every run: an error too. */
export const checkConstants = ({ diagnostics }: PipelineCheck, readings: readonly Reading[]): void => {
  const failures = new Map<string, PlatformError | undefined>();
  let work = 0;
  for (const { expression, path, place } of readings) {
    const { source, references } = expression;
    if (references.roots.size > 0) continue;
    if (!failures.has(source)) {
      if (work > MAX_WORK) return;
      failures.set(source, failureOf(expression));
      work += workDone() + WORK_PER_EXPRESSION;
    }
    const failure = failures.get(source);
    if (failure === undefined) continue;
    diagnostics.add({
      code: failure.code,
      severity: place.warnsMissing ? 'error' : 'warning',
      path,
      message: `This fails in every run: ${failure.message.replace(/\.$/, '')}.`,
      hint: failure.hint,
    });
  }
};

const failureOf = (expression: Expression): PlatformError | undefined => {
  try {
    expression.evaluate(NOTHING);
    return undefined;
  } catch (error) {
    if (error instanceof PlatformError) return error;
    throw error;
  }
};
