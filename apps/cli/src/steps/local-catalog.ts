import type { StepCatalog } from '@ia-modules/engine';
import { LOCAL_PLUGINS } from './local-plugins.ts';

/** The step types that run without the platform. */
export const createLocalCatalog = (): StepCatalog => {
  const names = [...LOCAL_PLUGINS].flatMap(([plugin, { steps }]) =>
    [...steps.keys()].map((step) => `${plugin}.${step}`),
  );
  const known = new Set(names);
  return { find: (uses) => (known.has(uses) || uses.includes('#') ? {} : undefined), names: () => names };
};
