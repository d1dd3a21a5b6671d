import { checkContribution } from './check-uses.ts';
import type { PipelineCheck } from './pipeline-check.ts';

/** Checks the plugins that look at a run's events and measurements. */
export const checkHooks = (check: PipelineCheck): void => {
  const { hooks = [], reporters = [], exporters = [] } = check.definition;
  for (const [key, kind, items] of [
    ['hooks', 'hook', hooks],
    ['reporters', 'reporter', reporters],
    ['exporters', 'exporter', exporters],
  ] as const) {
    for (const [index, { uses, with: value = {} }] of items.entries()) {
      const path = [key, index];
      checkContribution(check, {
        kind,
        uses,
        usesPath: [...path, 'uses'],
        config: { value, path: [...path, 'with'] },
      });
    }
  }
};
