import type { Json } from '@ia-modules/plugin-sdk';
import { type Path, valueAt, withAppended, withValue } from '../document.ts';
import { stepsOf, transitionsOf } from '../language-places.ts';
import { type Operator, replace, type Subject } from '../mutation.ts';

const NEVER = ['false', '1 > 2', "'a' == 'b'", '[].size() > 0'];
const EVER = ['true', '2 > 1', "'a' in ['a', 'b']"];

const withCondition = (subject: Subject, conditions: readonly string[]) =>
  transitionsOf(subject)
    .filter(({ transition }) => transition.default !== true && !isDefault(transition.condition as Json))
    .flatMap(({ path }) => conditions.map((value) => replace(subject, { path: [...path, 'condition'], value })));

const isDefault = (condition: Json | undefined): boolean => valueAt(condition ?? null, ['type']) === 'default';

/** Transitions of one step on the same event. */
const siblingsOf = (subject: Subject, index: number) => {
  const all = transitionsOf(subject);
  const own = all[index]?.transition;
  return all.filter(
    ({ transition }) => transition.from === own?.from && (transition.on ?? 'success') === (own.on ?? 'success'),
  );
};

const nextTransition = ({ definition }: Subject): Path => [
  'flow',
  'transitions',
  definition.flow?.transitions?.length ?? 0,
];

export const ROUTING_OPERATORS: readonly Operator[] = [
  { name: 'condition-that-never-holds', severity: 'warning', mutate: (subject) => withCondition(subject, NEVER) },
  { name: 'condition-that-always-holds', severity: 'warning', mutate: (subject) => withCondition(subject, EVER) },
  {
    name: 'two-defaults',
    mutate: (subject) =>
      transitionsOf(subject)
        .filter(({ transition }) => transition.default === true || isDefault(transition.condition as Json))
        .map(({ transition, path }) => {
          const added = nextTransition(subject);
          const others = subject.definition.steps.map(({ id }) => id).filter((id) => id !== transition.to);
          const copy = { ...(structuredClone(transition) as { [key: string]: Json }), to: others.at(-1) ?? '' };
          return {
            make: () => withAppended(subject.document, ['flow', 'transitions'], copy),
            places: [added, path].flatMap((place) => [place, [...place, 'default'], [...place, 'condition']]),
          };
        }),
  },
  {
    name: 'default-with-a-condition',
    mutate: (subject) =>
      transitionsOf(subject)
        .filter(({ transition }) => transition.default === true && transition.condition === undefined)
        .map(({ path }) =>
          replace(subject, { path: [...path, 'condition'], value: "run.id != ''", or: [path, [...path, 'default']] }),
        ),
  },
  {
    name: 'transition-behind-an-unconditional-one',
    severity: 'warning',
    mutate: (subject) =>
      stepsOf(subject).flatMap(({ step, path }) => {
        const ways = transitionsOf(subject).filter(
          ({ transition }) =>
            transition.from === step.id && (transition.on ?? 'success') === 'success' && !transition.loop,
        );
        const first = ways.findIndex(
          ({ transition }) => transition.condition === undefined && transition.default !== true,
        );
        const shadowed = ways.slice(first + 1);
        if (first === -1 || shadowed.length === 0 || step.router === 'adaptive') return [];
        return [
          {
            make: () => withValue(subject.document, [...path, 'router'], 'first_match'),
            places: shadowed.flatMap(({ path: place }) => [place, [...place, 'condition'], [...place, 'default']]),
          },
        ];
      }),
  },
  {
    name: 'default-beside-an-unconditional-one',
    severity: 'warning',
    mutate: (subject) =>
      transitionsOf(subject)
        .filter(({ transition, index }) => {
          const siblings = siblingsOf(subject, index);
          const isPlain = transition.condition === undefined && !transition.default && !transition.loop;
          return isPlain && siblings.length > 1 && !siblings.some(({ transition: { default: isLast } }) => isLast);
        })
        .flatMap(({ index }) =>
          siblingsOf(subject, index)
            .filter(
              (sibling) =>
                sibling.index !== index && !sibling.transition.loop && sibling.transition.condition === undefined,
            )
            .map(({ path }) => replace(subject, { path: [...path, 'default'], value: true, or: [path] })),
        ),
  },
  {
    name: 'error-transition-behind-a-fallback',
    severity: 'warning',
    mutate: (subject) =>
      transitionsOf(subject)
        .filter(({ transition }) => transition.on === 'error')
        .map(({ transition, path }) => {
          const index = subject.definition.steps.findIndex(({ id }) => id === transition.from);
          const fallback: Path = ['steps', index, 'fallback'];
          return replace(subject, { path: fallback, value: { empty: true }, or: [path, [...path, 'on']] });
        }),
  },
  {
    name: 'transition-from-an-end',
    severity: 'warning',
    mutate: (subject) =>
      stepsOf(subject)
        .filter(({ step }) => step.uses === 'core.end')
        .map(({ step }) => {
          const added = nextTransition(subject);
          const index = subject.definition.steps.length;
          const withStep = withAppended(subject.document, ['steps'], { id: 'after_the_end', uses: 'core.noop' });
          return {
            make: () => withAppended(withStep, ['flow', 'transitions'], { from: step.id, to: 'after_the_end' }),
            places: [added, [...added, 'from'], ['steps', index]],
          };
        }),
  },
  {
    name: 'adaptive-router-without-its-reward',
    mutate: (subject) =>
      stepsOf(subject)
        .filter(({ step }) => step.router !== 'adaptive')
        .map(({ path }) =>
          replace(subject, { path: [...path, 'router'], value: 'adaptive', or: [path, [...path, 'adaptive']] }),
        ),
  },
  {
    name: 'reward-without-an-adaptive-router',
    mutate: (subject) =>
      stepsOf(subject)
        .filter(({ step }) => step.router !== 'adaptive')
        .map(({ path }) =>
          replace(subject, { path: [...path, 'adaptive'], value: { reward: '1.0' }, or: [path, [...path, 'router']] }),
        ),
  },
];
