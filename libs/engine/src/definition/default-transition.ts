import type { TransitionDefinition } from './schema.ts';

/** Whether a transition is taken only when no other is; it may be written in two ways. */
export const isDefaultTransition = ({ default: isDefault, condition }: TransitionDefinition): boolean =>
  isDefault === true || (typeof condition === 'object' && condition.type === 'default');
