import type { Json, TrustedStepContext } from '@ia-modules/engine';

/** What makes one attempt in this process, of whatever kind: a step, a transform, a validator, a condition, a hook. */
export type LocalWork = (input: Json, context: TrustedStepContext) => Promise<Json>;
