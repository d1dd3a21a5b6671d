import type { Path } from '../definition/diagnostic.ts';
import type { PipelineCheck } from './pipeline-check.ts';

/** What undoes steps needs something that asks for it, and the other way round. */
export const checkCompensations = ({ definition, diagnostics }: PipelineCheck): void => {
  const undone: Path[] = [];
  const triggers: Path[] = definition.flow?.on_failure === 'compensate' ? [['flow', 'on_failure']] : [];
  for (const [index, { compensate, on_error: onError }] of definition.steps.entries()) {
    if (compensate !== undefined) undone.push(['steps', index, 'compensate']);
    if (onError === 'compensate') triggers.push(['steps', index, 'on_error']);
  }
  for (const path of triggers.length === 0 ? undone : []) {
    diagnostics.add({
      code: 'IA_PIPELINE_COMPENSATION',
      severity: 'warning',
      path,
      message: `'${definition.steps[Number(path[1])]?.id}' is never undone: nothing asks for compensations.`,
      hint: 'Write on_failure: "compensate" in flow, or on_error: "compensate" on a step.',
    });
  }
  for (const path of undone.length === 0 ? triggers : []) {
    diagnostics.add({
      code: 'IA_PIPELINE_COMPENSATION',
      severity: 'warning',
      path,
      message: 'There is nothing to undo: no step has a compensate.',
      hint: 'Give a step a compensate, or write "fail".',
    });
  }
};
