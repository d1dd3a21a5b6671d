import type { Json } from '@ia-modules/plugin-sdk';
import { type Path, withAppended, withValue } from '../document.ts';
import { stepsOf, transitionsOf } from '../language-places.ts';
import { type Mutation, type Operator, replace, type Subject } from '../mutation.ts';

const incomingCount = (subject: Subject, id: string): number =>
  transitionsOf(subject).filter(({ transition }) => transition.to === id && transition.loop === undefined).length;

/** A new join of two that is fed by transitions of which only one can be taken. */
const joinOf = (subject: Subject, transitions: readonly Json[]): Mutation => {
  const index = subject.definition.steps.length;
  const join: Path = ['steps', index, 'join'];
  const step: Json = { id: 'both', uses: 'core.noop', join: { at_least: 2 } };
  const make = (): Json =>
    transitions.reduce(
      (document, transition) => withAppended(document, ['flow', 'transitions'], transition),
      withAppended(subject.document, ['steps'], step),
    );
  return { make, places: [join, [...join, 'at_least']] };
};

/** Steps that nothing leads on from: whatever they are given is all they have. */
const leavesOf = (subject: Subject) => {
  const sources = new Set(transitionsOf(subject).map(({ transition }) => transition.from));
  return stepsOf(subject).filter(({ step }) => !sources.has(step.id) && !step.uses.startsWith('core.end'));
};

export const JOIN_OPERATORS: readonly Operator[] = [
  {
    name: 'join-of-more-than-there-are',
    mutate: (subject) =>
      stepsOf(subject).map(({ step, path }) =>
        replace(subject, {
          path: [...path, 'join'],
          value: { at_least: incomingCount(subject, step.id) + 1 },
          or: [[...path, 'join', 'at_least']],
        }),
      ),
  },
  {
    name: 'join-of-a-choice-and-its-default',
    mutate: (subject) =>
      leavesOf(subject).map(({ step: { id } }) =>
        joinOf(subject, [
          { from: id, to: 'both', condition: "run.id != ''" },
          { from: id, to: 'both', default: true },
        ]),
      ),
  },
  {
    name: 'join-of-success-and-error',
    mutate: (subject) =>
      leavesOf(subject)
        .filter(({ step }) => step.fallback === undefined)
        .map(({ step: { id } }) =>
          joinOf(subject, [
            { from: id, to: 'both' },
            { from: id, to: 'both', on: 'error' },
          ]),
        ),
  },
  {
    name: 'join-behind-first-match',
    mutate: (subject) =>
      leavesOf(subject).map(({ step: { id }, path }) => {
        const { make, places } = joinOf(subject, [
          { from: id, to: 'both', condition: "run.id == 'a'" },
          { from: id, to: 'both', condition: "run.id == 'b'" },
        ]);
        return { make: () => withValue(make(), [...path, 'router'], 'first_match'), places };
      }),
  },
  {
    name: 'map-that-needs-more-than-it-has',
    mutate: (subject) =>
      stepsOf(subject)
        .filter(({ step }) => Array.isArray(step.for_each?.items))
        .map(({ path }) =>
          replace(subject, {
            path: [...path, 'for_each', 'at_least'],
            value: 1_000,
            or: [[...path, 'for_each', 'items']],
          }),
        ),
  },
  {
    name: 'cancel-rest-of-a-join-of-all',
    severity: 'warning',
    mutate: (subject) =>
      stepsOf(subject)
        .filter(({ step }) => (step.join ?? 'all') === 'all')
        .map(({ path }) => replace(subject, { path: [...path, 'cancel_rest'], value: true, or: [[...path, 'join']] })),
  },
];
