import type { Subject } from './mutation.ts';

/** Which steps lead to which, by id. */
export type StepGraph = {
  /** All steps that can be reached from one, itself only through a cycle. */
  readonly after: (id: string) => ReadonlySet<string>;
  readonly before: (id: string) => ReadonlySet<string>;
};

/** Follows transitions; those with `loop` only when asked to. */
export const createStepGraph = ({ definition }: Subject, { withLoops }: { readonly withLoops: boolean }): StepGraph => {
  const transitions = (definition.flow?.transitions ?? []).filter(({ loop }) => withLoops || loop === undefined);
  const follow = (id: string, from: 'from' | 'to', to: 'from' | 'to'): ReadonlySet<string> => {
    const reached = new Set<string>();
    const pending = [id];
    for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
      for (const transition of transitions) {
        if (transition[from] !== current || reached.has(transition[to])) continue;
        reached.add(transition[to]);
        pending.push(transition[to]);
      }
    }
    return reached;
  };
  return { after: (id) => follow(id, 'from', 'to'), before: (id) => follow(id, 'to', 'from') };
};
