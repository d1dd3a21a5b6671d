/** One loop: its steps start over together. */
export type LoopRegion = {
  /** The step that every iteration begins with. */
  readonly header: number;
  /** Its steps, those of inner loops too. */
  readonly body: readonly number[];
  /** Indices of the transitions that lead back to the header. */
  readonly loopTransitions: readonly number[];
  /** Index of the loop around this one, -1 for none. */
  readonly parent: number;
  /** Transitions that leave this loop, and no loop around it: they are settled when it ends. */
  readonly exits: readonly number[];
};

export type LoopProblem =
  | { readonly kind: 'no_cycle'; readonly transition: number }
  | { readonly kind: 'overlap'; readonly transition: number; readonly other: number }
  /** Loops nest so deep, over so many steps, that looking at each would take very long. */
  | { readonly kind: 'too_large'; readonly transition: number };

export type LoopRegions = {
  readonly regions: readonly LoopRegion[];
  /** The innermost loop of each step, -1 for none. */
  readonly regionOf: Int32Array;
  readonly problems: readonly LoopProblem[];
};

export type LoopGraph = {
  readonly stepCount: number;
  readonly transitions: readonly { readonly from: number; readonly to: number; readonly isLoop: boolean }[];
  /** Transition indices by step, loops included. */
  readonly outgoing: readonly (readonly number[])[];
  readonly incoming: readonly (readonly number[])[];
  /** Place of each step in an order where sources come first, loops aside; -1 for what lies on or behind a cycle without loop. */
  readonly position: Int32Array;
};

/** How many steps all bodies may have together, those of inner loops counted again for each loop around them. */
export const MAX_LOOP_STEPS = 2_000_000;

type Draft = { header: number; body: Set<number>; loopTransitions: number[]; parent: number; exits: number[] };

/** Finds the loops of a graph and how they nest: the body is what the header reaches and what reaches the loop's end. */
export const findLoopRegions = (graph: LoopGraph): LoopRegions => {
  const problems: LoopProblem[] = [];
  const drafts = collectBodies(graph, problems);
  // A body that contains another is larger: outer loops come first.
  const ordered = drafts.toSorted((a, b) => b.body.size - a.body.size);
  const regionOf = nest(graph, ordered, problems);
  for (const draft of ordered) collectExits(graph, ordered, draft);
  return { regions: ordered.map((draft) => ({ ...draft, body: [...draft.body] })), regionOf, problems };
};

const collectBodies = (graph: LoopGraph, problems: LoopProblem[]): Draft[] => {
  const byHeader = new Map<number, Draft>();
  let left = MAX_LOOP_STEPS;
  for (const [transition, { from, to, isLoop }] of graph.transitions.entries()) {
    if (!isLoop) continue;
    const { body, visited } = bodyOf(graph, { header: to, last: from, limit: left });
    left -= visited;
    if (left <= 0) {
      problems.push({ kind: 'too_large', transition });
      break;
    }
    if (body === undefined) {
      problems.push({ kind: 'no_cycle', transition });
      continue;
    }
    const draft = byHeader.get(to);
    if (draft === undefined) {
      byHeader.set(to, { header: to, body, loopTransitions: [transition], parent: -1, exits: [] });
    } else {
      for (const step of body) draft.body.add(step);
      draft.loopTransitions.push(transition);
    }
  }
  return [...byHeader.values()];
};

/** Looks only at steps whose place is between the loop's ends, so that many small loops stay cheap. */
const bodyOf = (
  graph: LoopGraph,
  { header, last, limit }: { readonly header: number; readonly last: number; readonly limit: number },
): { readonly body?: Set<number>; readonly visited: number } => {
  const first = graph.position[header] ?? -1;
  const end = graph.position[last] ?? -1;
  const isBetween = (step: number): boolean => {
    const position = graph.position[step] ?? -1;
    return position >= first && position <= end;
  };
  const reached = new Set([header]);
  for (const step of reached) {
    if (reached.size > limit) break;
    for (const index of graph.outgoing[step] ?? []) {
      const transition = graph.transitions[index];
      if (transition && !transition.isLoop && isBetween(transition.to)) reached.add(transition.to);
    }
  }
  if (!reached.has(last)) return { visited: reached.size };
  const body = new Set([last]);
  for (const step of body) {
    if (step === header) continue;
    for (const index of graph.incoming[step] ?? []) {
      const transition = graph.transitions[index];
      if (transition && !transition.isLoop && reached.has(transition.from)) body.add(transition.from);
    }
  }
  return { body, visited: reached.size };
};

/** Goes from outer loops to inner ones: the last to claim a step is its innermost. */
const nest = (graph: LoopGraph, ordered: readonly Draft[], problems: LoopProblem[]): Int32Array => {
  const regionOf = new Int32Array(graph.stepCount).fill(-1);
  for (const [index, draft] of ordered.entries()) {
    const parent = regionOf[draft.header] ?? -1;
    const stranger = [...draft.body].find((step) => regionOf[step] !== parent);
    if (stranger !== undefined) {
      const other = ordered[regionOf[stranger] === -1 ? parent : (regionOf[stranger] ?? parent)];
      problems.push({
        kind: 'overlap',
        transition: draft.loopTransitions[0] ?? 0,
        other: other?.loopTransitions[0] ?? 0,
      });
      continue;
    }
    draft.parent = parent;
    for (const step of draft.body) regionOf[step] = index;
  }
  return regionOf;
};

const collectExits = (graph: LoopGraph, ordered: readonly Draft[], draft: Draft): void => {
  const outer = ordered[draft.parent];
  for (const step of draft.body) {
    for (const index of graph.outgoing[step] ?? []) {
      const transition = graph.transitions[index];
      if (transition === undefined || transition.isLoop || draft.body.has(transition.to)) continue;
      if (outer === undefined || outer.body.has(transition.to)) draft.exits.push(index);
    }
  }
};
