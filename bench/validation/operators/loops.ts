import type { Json } from '@ia-modules/plugin-sdk';
import { type Path, withAppended, withValue } from '../document.ts';
import { transitionsOf } from '../language-places.ts';
import type { Mutation, Operator, Subject } from '../mutation.ts';
import { remove } from '../mutation.ts';
import { createStepGraph } from '../step-graph.ts';

const LOOP: Json = { max_iterations: 3 };

/** A loop that begins inside another and ends behind it. */
const overlapping = (subject: Subject): Mutation[] => {
  const transitions = transitionsOf(subject);
  const forward = createStepGraph(subject, { withLoops: false });
  const added: Path = ['flow', 'transitions', transitions.length];
  return transitions
    .filter(({ transition }) => transition.loop !== undefined)
    .flatMap(({ transition, path }) => {
      const { from: last, to: header } = transition;
      const body = [...forward.after(header)].filter((id) => id === last || forward.before(last).has(id));
      const outside = [...forward.after(last)].filter((id) => !body.includes(id) && id !== header);
      const isEnd = (id: string): boolean =>
        subject.definition.steps.find((step) => step.id === id)?.uses === 'core.end';
      return outside
        .filter((id) => !isEnd(id) && body.length > 0)
        .flatMap((from) =>
          body.map((to) => ({
            make: () => withAppended(subject.document, ['flow', 'transitions'], { from, to, loop: LOOP }),
            places: [added, [...added, 'loop'], [...added, 'to'], path, [...path, 'loop']],
          })),
        );
    });
};

export const LOOP_OPERATORS: readonly Operator[] = [
  {
    name: 'loop-without-bound',
    mutate: (subject) =>
      transitionsOf(subject)
        .filter(({ transition }) => transition.loop !== undefined)
        .map(({ path }) =>
          remove(
            subject,
            [...path, 'loop', 'max_iterations'],
            [
              [...path, 'loop', 'max_iterations'],
              [...path, 'loop'],
            ],
          ),
        ),
  },
  {
    name: 'loop-that-closes-no-cycle',
    mutate: (subject) => {
      const graph = createStepGraph(subject, { withLoops: false });
      return transitionsOf(subject)
        .filter(({ transition: { from, to, loop } }) => loop === undefined && !graph.after(to).has(from))
        .map(({ path }) => ({
          make: () => withValue(subject.document, [...path, 'loop'], LOOP),
          places: [path, [...path, 'loop']],
        }));
    },
  },
  { name: 'overlapping-loops', mutate: overlapping },
];
