import type { Path } from '../definition/diagnostic.ts';
import type { StepDefinition } from '../definition/schema.ts';
import { checkContribution, checkStepUses } from './check-uses.ts';
import { checkCoreInput } from './check-core-steps.ts';
import { checkStepDurations } from './check-durations.ts';
import { checkInput } from './check-input.ts';
import { checkStepKeys } from './check-step-keys.ts';
import type { PipelineCheck, StepCheck } from './pipeline-check.ts';

/** Checks each step for itself: its id, what it uses, its input, its settings. */
export const checkSteps = (check: PipelineCheck): void => {
  const { definition, diagnostics, types } = check;
  const seen = new Set<string>();
  for (const [index, step] of definition.steps.entries()) {
    const path: Path = ['steps', index];
    if (seen.has(step.id)) {
      diagnostics.add({
        code: 'IA_PIPELINE_DUPLICATE_STEP',
        path: [...path, 'id'],
        message: `Another step is called '${step.id}' already.`,
      });
    }
    seen.add(step.id);
    const type = types[index];
    if (type === undefined) continue;
    checkStepDurations(step, path, diagnostics);
    checkStepUses(check, index);
    checkStepInput(check, { step, type, path });
    checkStepKeys(check, { step, type, path });
    checkContributions(check, step, path);
    warnWithoutTimeout(check, { step, type, path });
  }
};

const checkStepInput = (check: PipelineCheck, { step, type, path }: StepCheck): void => {
  const schema = type.contract?.input;
  if (schema !== undefined) {
    checkInput(check, {
      value: step.with ?? {},
      schema,
      path: [...path, 'with'],
      subject: `The input of '${step.id}'`,
    });
  }
  if (type.isCore) checkCoreInput(check, step, path);
};

const checkContributions = (check: PipelineCheck, step: StepDefinition, path: Path): void => {
  const { transform = [], validate = [], compensate } = step;
  for (const [key, stages] of [
    ['transform', transform],
    ['validate', validate],
  ] as const) {
    for (const [place, { uses, with: value = {} }] of stages.entries()) {
      checkContribution(check, {
        kind: key === 'transform' ? 'transform' : 'validator',
        uses,
        usesPath: [...path, key, place, 'uses'],
        config: { value, path: [...path, key, place, 'with'] },
      });
    }
  }
  if (compensate === undefined) return;
  checkContribution(check, {
    kind: 'compensation',
    uses: compensate.uses,
    usesPath: [...path, 'compensate', 'uses'],
    config: { value: compensate.with ?? {}, path: [...path, 'compensate', 'with'] },
  });
};

/** What reaches outside may never answer. */
const warnWithoutTimeout = ({ diagnostics }: PipelineCheck, { step, type, path }: StepCheck): void => {
  const { kind } = type.parsed ?? {};
  const isOutside = kind === 'builtin' || kind === 'package' || kind === 'module';
  if (!isOutside || type.isCore) return;
  if (step.timeout !== undefined || step.max_duration !== undefined || step.with?.['timeout_ms'] !== undefined) return;
  diagnostics.add({
    code: 'IA_PIPELINE_NO_TIMEOUT',
    severity: 'warning',
    path,
    message: `Step '${step.id}' has no timeout: should what it calls never answer, the run waits for ever.`,
    hint: 'Give the step a timeout such as "30s".',
  });
};
