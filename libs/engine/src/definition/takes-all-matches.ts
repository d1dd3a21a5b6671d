import type { StepDefinition } from './schema.ts';

/** Whether each of a step's transitions is decided by itself; any other router chooses among them. */
export const takesAllMatches = (step: Pick<StepDefinition, 'router'> | undefined): boolean =>
  (step?.router ?? 'all_matches') === 'all_matches';
