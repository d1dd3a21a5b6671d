import type { Path } from '../definition/diagnostic.ts';
import { findAncestry } from '../graph/ancestry.ts';
import type { PipelineGraph } from '../graph/pipeline-graph.ts';
import { unknownStep } from './unknown-step.ts';
import type { PipelineCheck } from './pipeline-check.ts';

type Target = { readonly step: number; readonly of: number; readonly path: Path };

/** Checks whom a step cancels: others, that are there and may not have ended yet. */
export const checkCancels = ({ diagnostics, graph }: PipelineCheck): void => {
  const targets: Target[] = [];
  for (const [index, step] of graph.steps.entries()) {
    for (const [place, id] of (step.cancels ?? []).entries()) {
      const path: Path = ['steps', index, 'cancels', place];
      const target = graph.indexOf.get(id);
      if (target === undefined) {
        diagnostics.add(unknownStep(id, path, graph));
      } else if (target === index) {
        diagnostics.add({ code: 'IA_PIPELINE_CANCELS', path, message: `Step '${id}' can not cancel itself.` });
      } else {
        targets.push({ step: index, of: target, path });
      }
    }
  }
  if (targets.length === 0) return;
  const waitsForAll = findWaitingForAll(graph);
  for (const [place, ancestry] of findAncestry(graph, targets).entries()) {
    const target = targets[place];
    if (ancestry !== 'before' || target === undefined || !waitsForAll[target.step]) continue;
    diagnostics.add({
      code: 'IA_PIPELINE_CANCELS',
      severity: 'warning',
      path: target.path,
      message: `Step '${graph.steps[target.of]?.id}' has always ended when '${graph.steps[target.step]?.id}' succeeds: there is nothing to cancel.`,
      hint: 'Name steps of other branches.',
    });
  }
};

/** Whether no join on any way to a step goes on before all its sources have ended. */
const findWaitingForAll = (graph: PipelineGraph): readonly boolean[] => {
  const waits = graph.steps.map(({ join = 'all' }) => join === 'all');
  for (const step of graph.order) {
    if (graph.incoming[step]?.some(({ from }) => !waits[from])) waits[step] = false;
  }
  return waits;
};
