import type { NeutralOperator } from './mutation.ts';
import { LAYOUT_OPERATORS } from './neutral-layout.ts';
import { WRITING_OPERATORS } from './neutral-writing.ts';

/** Every kind of change that leaves a pipeline as good as it was. */
export const NEUTRAL_OPERATORS: readonly NeutralOperator[] = [...LAYOUT_OPERATORS, ...WRITING_OPERATORS];
