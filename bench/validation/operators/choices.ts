import { isText, valuesOf } from '../language-places.ts';
import { misspell } from '../misspell.ts';
import { type Operator, replace, type Subject } from '../mutation.ts';

const CHOICE_KEYS = ['on_error', 'router', 'join', 'at', 'on_item_error', 'on_exhausted', 'on_budget', 'on_failure'];

/** Keys that a pipeline may leave out, each with a value that does not exist, by where they belong. */
const choicesOf = (subject: Subject) => [
  ...valuesOf(subject, CHOICE_KEYS),
  ...valuesOf(subject, ['on']).filter(isText),
];

const NUMBERS: Readonly<Record<string, readonly number[]>> = {
  max_attempts: [0, 101, 2.5, -1],
  factor: [0.5, 0, 101],
  max_parallel: [0, -3, 1.5],
  limit: [0, 0.5],
  at_least: [0, -1],
  max_iterations: [0, 1.5, -2, 2_000_000],
  max_depth: [0, 33, 2.5],
  exploration: [-0.1, 1.5],
  max_cost_usd: [0, -5],
};

export const CHOICE_OPERATORS: readonly Operator[] = [
  {
    name: 'misspelt-choice',
    mutate: (subject) =>
      choicesOf(subject)
        .filter(isText)
        .map(({ path, value }) => replace(subject, { path, value: misspell(value) })),
  },
  {
    name: 'unknown-hook-event',
    mutate: ({ definition, ...subject }) =>
      (definition.hooks ?? []).flatMap(({ on = [] }, hook) =>
        on.map((event, index) =>
          replace({ definition, ...subject }, { path: ['hooks', hook, 'on', index], value: event.replace('_', '-') }),
        ),
      ),
  },
  {
    name: 'number-out-of-range',
    mutate: (subject) =>
      valuesOf(subject, Object.keys(NUMBERS)).flatMap(({ path }) =>
        (NUMBERS[String(path.at(-1))] ?? []).map((value) => replace(subject, { path, value })),
      ),
  },
  {
    name: 'number-too-large-to-be-exact',
    mutate: (subject) =>
      valuesOf(subject, ['max_attempts', 'max_parallel', 'max_iterations', 'limit']).map(({ path }) =>
        replace(subject, { path, value: 2 ** 60 }),
      ),
  },
];
