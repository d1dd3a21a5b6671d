import type { Json, TrustedStepContext } from '@ia-modules/engine';
import type { Plugin } from '@ia-modules/plugin-sdk';

/** What makes one attempt in this process, of whatever kind: a step, a transform, a validator, a condition, a hook. */
export type LocalWork = (input: Json, context: TrustedStepContext) => Promise<Json>;

/** The plugin that a module exports as `plugin` or as its default. */
export const findPlugin = (module: Readonly<Record<string, unknown>>): Plugin | undefined =>
  [module['plugin'], module['default']].find(isPlugin);

const isPlugin = (value: unknown): value is Plugin =>
  typeof value === 'object' && value !== null && 'contributions' in value && Array.isArray(value.contributions);
