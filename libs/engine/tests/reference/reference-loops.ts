import type { PipelineDefinition, TransitionDefinition } from '@ia-modules/engine';

/** A loop: what its header leads to and what leads to its end. */
export type LoopShape = { readonly header: string; readonly body: ReadonlySet<string> };

export const transitionsOf = (definition: PipelineDefinition): readonly TransitionDefinition[] =>
  definition.flow?.transitions ?? [];

export const closureOf = (start: string, next: (id: string) => readonly string[]): Set<string> => {
  const found = new Set([start]);
  for (const id of found) for (const other of next(id)) found.add(other);
  return found;
};

/** The loops of a definition, outer ones before those within them. */
export const loopsOf = (transitions: readonly TransitionDefinition[]): LoopShape[] => {
  const forward = transitions.filter(({ loop }) => loop === undefined);
  const bodies = new Map<string, Set<string>>();
  for (const { from, to } of transitions.filter(({ loop }) => loop !== undefined)) {
    const after = closureOf(to, (id) => forward.filter((each) => each.from === id).map((each) => each.to));
    const before = closureOf(from, (id) => forward.filter((each) => each.to === id).map((each) => each.from));
    const body = bodies.get(to) ?? new Set();
    for (const id of after) if (before.has(id)) body.add(id);
    bodies.set(to, body);
  }
  return [...bodies].map(([header, body]) => ({ header, body })).toSorted((a, b) => b.body.size - a.body.size);
};

/** Whether loops lie apart or within each other, as they must. */
export const areNested = (loops: readonly LoopShape[]): boolean =>
  loops.every(({ body }, place) => {
    const shared = (other: LoopShape): number => [...body].filter((id) => other.body.has(id)).length;
    // Outer loops come first: what a later one shares with this one must be all it has.
    return body.size > 0 && loops.slice(place + 1).every((other) => [0, other.body.size].includes(shared(other)));
  });
