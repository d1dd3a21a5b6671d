export type SortableGraph = {
  readonly stepCount: number;
  readonly transitions: readonly { readonly to: number; readonly isLoop: boolean }[];
  /** Transition indices by step. */
  readonly outgoing: readonly (readonly number[])[];
};

export type SortedSteps = {
  /** Sources before targets, loops aside; what lies on or behind a cycle without loop is missing. */
  readonly order: readonly number[];
  /** The place of each step in `order`, -1 for a missing one. */
  readonly position: Int32Array;
};

/** Kahn's algorithm, over the transitions that close no loop. */
export const sortSteps = ({ stepCount, transitions, outgoing }: SortableGraph): SortedSteps => {
  const unresolved = new Int32Array(stepCount);
  for (const { to, isLoop } of transitions) if (!isLoop) unresolved[to] = (unresolved[to] ?? 0) + 1;
  const order: number[] = [];
  for (let step = 0; step < stepCount; step += 1) if (unresolved[step] === 0) order.push(step);
  const position = new Int32Array(stepCount).fill(-1);
  for (let head = 0; head < order.length; head += 1) {
    const step = order[head] ?? -1;
    position[step] = head;
    for (const index of outgoing[step] ?? []) {
      const transition = transitions[index];
      if (transition === undefined || transition.isLoop) continue;
      const left = (unresolved[transition.to] ?? 0) - 1;
      unresolved[transition.to] = left;
      if (left === 0) order.push(transition.to);
    }
  }
  return { order, position };
};
