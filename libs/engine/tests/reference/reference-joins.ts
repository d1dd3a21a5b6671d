import type { NaiveStep, NaiveTransition } from './reference-state.ts';

export const countOf = ({ incoming }: NaiveStep, resolution: NaiveTransition['resolution']): number =>
  incoming.filter((transition) => transition.resolution === resolution).length;

/** How many taken transitions a join waits for; `all` waits for every one to be resolved, and for one to be taken. */
export const neededOf = ({ definition: { join = 'all' } }: NaiveStep): number =>
  typeof join === 'object' ? join.at_least : 1;

/** Whether it is settled what a join comes to: met, unmet or dead. */
export const isJoinCertain = (step: NaiveStep): boolean => {
  const open = countOf(step, 'open');
  const taken = countOf(step, 'taken');
  if (open === 0) return true;
  if ((step.definition.join ?? 'all') === 'all') return false;
  return taken >= neededOf(step) || (taken > 0 && taken + open < neededOf(step));
};

/** Whether a transition out of a loop is looked at in each iteration, rather than once at the loop's end. */
export const isDecidedEachTime = ({ definition, isDefault, from }: NaiveTransition): boolean =>
  definition.condition !== undefined ||
  isDefault ||
  definition.on === 'error' ||
  (from.definition.router !== undefined && from.definition.router !== 'all_matches');
