import type { Json } from '@ia-modules/plugin-sdk';
import { type Path, placesBelow, withAppended, without, withValue } from '../document.ts';
import { stepsOf, transitionsOf } from '../language-places.ts';
import { type Mutation, type Operator, type Subject } from '../mutation.ts';
import { createStepGraph } from '../step-graph.ts';

const startsOf = ({ definition }: Subject): string[] => {
  const { start_at: startAt, transitions = [] } = definition.flow ?? {};
  if (startAt !== undefined) return [startAt].flat();
  const targets = new Set(transitions.filter(({ loop }) => loop === undefined).map(({ to }) => to));
  return definition.steps.map(({ id }) => id).filter((id) => !targets.has(id));
};

/** Everything that names a step: the ends of transitions, starts, cancels, and expressions that read it. */
const referencesTo = (subject: Subject, id: string): Path[] => {
  const reads = new RegExp(`steps\\.${id}\\b`);
  return placesBelow(subject.document)
    .filter(({ path, value }) => {
      if (typeof value !== 'string' || path.at(-1) === 'id') return false;
      const isName = value === id && (path[0] === 'flow' || path.includes('cancels'));
      return isName || reads.test(value);
    })
    .map(({ path }) => path);
};

const withTransition = ({ document }: Subject, transition: Json): Json =>
  withAppended(document, ['flow', 'transitions'], transition);

/** Where a cycle may be reported: at any of its steps and transitions. */
const cyclePlaces = (subject: Subject, { from, to }: { readonly from: string; readonly to: string }): Path[] => {
  const graph = createStepGraph(subject, { withLoops: false });
  const onCycle = new Set([from, to, ...[...graph.after(to)].filter((id) => graph.before(from).has(id))]);
  return [
    ...stepsOf(subject)
      .filter(({ step }) => onCycle.has(step.id))
      .map(({ path }) => path),
    ...transitionsOf(subject)
      .filter(({ transition }) => onCycle.has(transition.from) && onCycle.has(transition.to))
      .flatMap(({ path }) => [path, [...path, 'to']]),
  ];
};

const backEdges = (subject: Subject): { readonly from: string; readonly to: string }[] => {
  const graph = createStepGraph(subject, { withLoops: false });
  return subject.definition.steps.flatMap(({ id }) => [...graph.before(id)].map((to) => ({ from: id, to })));
};

const closeCycle = (subject: Subject): Mutation[] => {
  const next: Path = ['flow', 'transitions', subject.definition.flow?.transitions?.length ?? 0];
  return backEdges(subject).map(({ from, to }) => ({
    make: () => withTransition(subject, { from, to }),
    places: [next, [...next, 'to'], ...cyclePlaces(subject, { from, to })],
  }));
};

/** A step whose only way in is taken away while `start_at` names the starts. */
const cutOff = (subject: Subject): Mutation[] => {
  const incoming = new Map<string, number[]>();
  for (const { transition, index } of transitionsOf(subject))
    if (transition.loop === undefined) incoming.set(transition.to, [...(incoming.get(transition.to) ?? []), index]);
  const starts = startsOf(subject);
  return stepsOf(subject).flatMap(({ step, path }) => {
    const ways = incoming.get(step.id) ?? [];
    if (ways.length !== 1 || starts.includes(step.id)) return [];
    const make = (): Json =>
      withValue(without(subject.document, ['flow', 'transitions', ways[0] ?? 0]), ['flow', 'start_at'], starts);
    return [{ make, places: [path, [...path, 'id']] }];
  });
};

export const FLOW_OPERATORS: readonly Operator[] = [
  {
    name: 'renamed-step-but-not-its-references',
    mutate: (subject) =>
      stepsOf(subject).flatMap(({ path, step }) => {
        const places = referencesTo(subject, step.id);
        const make = (): Json => withValue(subject.document, [...path, 'id'], `${step.id}_renamed`);
        return places.length === 0 ? [] : [{ make, places }];
      }),
  },
  {
    name: 'removed-step-but-not-its-references',
    mutate: (subject) =>
      stepsOf(subject).flatMap(({ path, step, index }) => {
        const shift = (place: Path): Path =>
          place[0] === 'steps' && Number(place[1]) > index ? ['steps', Number(place[1]) - 1, ...place.slice(2)] : place;
        const places = referencesTo(subject, step.id)
          .filter((place) => !(place[0] === 'steps' && place[1] === index))
          .map(shift);
        return places.length === 0 ? [] : [{ make: () => without(subject.document, path), places }];
      }),
  },
  { name: 'cycle-without-loop', mutate: closeCycle },
  {
    name: 'transition-to-itself',
    mutate: (subject) =>
      stepsOf(subject)
        .filter(({ step }) => step.uses !== 'core.end')
        .map(({ step, path }) => {
          const next: Path = ['flow', 'transitions', subject.definition.flow?.transitions?.length ?? 0];
          return {
            make: () => withTransition(subject, { from: step.id, to: step.id }),
            places: [next, [...next, 'to'], path],
          };
        }),
  },
  {
    name: 'loop-taken-away',
    mutate: (subject) =>
      transitionsOf(subject)
        .filter(({ transition }) => transition.loop !== undefined)
        .map(({ path, transition }) => ({
          make: () => without(subject.document, [...path, 'loop']),
          places: [path, [...path, 'to'], ...cyclePlaces(subject, transition)],
        })),
  },
  { name: 'step-cut-off', severity: 'warning', mutate: cutOff },
  {
    name: 'start-left-out',
    severity: 'warning',
    mutate: (subject) => {
      const starts = startsOf(subject);
      return starts.length < 2
        ? []
        : starts.map((left) => ({
            make: () =>
              withValue(
                subject.document,
                ['flow', 'start_at'],
                starts.filter((id) => id !== left),
              ),
            places: stepsOf(subject)
              .filter(({ step }) => step.id === left)
              .flatMap(({ path }) => [path, [...path, 'id']]),
          }));
    },
  },
  {
    name: 'island',
    severity: 'warning',
    mutate: (subject) => {
      const count = subject.definition.steps.length;
      const island: Json = { id: 'island', uses: 'core.noop' };
      const make = (): Json =>
        withValue(withAppended(subject.document, ['steps'], island), ['flow', 'start_at'], startsOf(subject));
      return subject.definition.flow === undefined
        ? []
        : [
            {
              make,
              places: [
                ['steps', count],
                ['steps', count, 'id'],
              ],
            },
          ];
    },
  },
  {
    name: 'duplicate-transition',
    mutate: (subject) =>
      transitionsOf(subject).map(({ transition, path, index }) => ({
        make: () => withTransition(subject, structuredClone(transition) as Json),
        places: [
          path,
          ['flow', 'transitions', subject.definition.flow?.transitions?.length ?? index],
          // Two defaults, or two loops, are what it is as well.
          ['flow', 'transitions', subject.definition.flow?.transitions?.length ?? index, 'default'],
        ],
      })),
  },
];
