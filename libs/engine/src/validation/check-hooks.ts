import { checkContribution } from './check-uses.ts';
import type { PipelineCheck } from './pipeline-check.ts';

/** Checks the plugins that look at a run's events. */
export const checkHooks = (check: PipelineCheck): void => {
  const { hooks = [], reporters = [] } = check.definition;
  for (const [key, kind, items] of [
    ['hooks', 'hook', hooks],
    ['reporters', 'reporter', reporters],
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
