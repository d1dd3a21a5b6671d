import { parseUses } from '@ia-modules/engine';
import type { Json } from '@ia-modules/plugin-sdk';
import { isObject, type Path, valueAt, withRenamedKey } from '../document.ts';
import { stepsOf, valuesOf } from '../language-places.ts';
import { misspell } from '../misspell.ts';
import { type Operator, remove, replace, type Subject } from '../mutation.ts';

/** Parameters whose values are surely no lists. */
const plainParameters = ({ definition }: Subject): string[] =>
  Object.entries((definition.parameters?.['properties'] ?? {}) as Readonly<Record<string, { readonly type?: string }>>)
    .filter(([, { type }]) => ['string', 'number', 'integer', 'boolean'].includes(type ?? ''))
    .map(([name]) => name);

const callsOf = (subject: Subject) =>
  stepsOf(subject).flatMap(({ step, path }) => {
    const input = valueAt(subject.document, [...path, 'with']);
    const isCall = parseUses(step.uses)?.kind === 'pipeline';
    return isCall && isObject(input) ? [{ path: [...path, 'with'] as Path, input }] : [];
  });

export const MAP_OPERATORS: readonly Operator[] = [
  {
    name: 'items-that-are-no-list',
    mutate: (subject) =>
      valuesOf(subject, ['items']).flatMap(({ path }) =>
        [
          'a, b',
          ...plainParameters(subject).map((name) => `{{ parameters.${name} }}`),
          "{{ 'abc' }}",
          '{{ 1 + 2 }}',
        ].map((value: Json) => replace(subject, { path, value })),
      ),
  },
  {
    name: 'misspelt-parameter-of-a-sub-pipeline',
    mutate: (subject) =>
      callsOf(subject).flatMap(({ path, input }) =>
        Object.keys(input).map((key) => ({
          make: () => withRenamedKey(subject.document, [...path, key], misspell(key)),
          places: [
            [...path, misspell(key)],
            [...path, key],
          ],
        })),
      ),
  },
  {
    name: 'missing-parameter-of-a-sub-pipeline',
    mutate: (subject) =>
      callsOf(subject).flatMap(({ path, input }) =>
        'customer' in input ? [remove(subject, [...path, 'customer'], [[...path, 'customer'], path])] : [],
      ),
  },
  {
    name: 'parameter-of-a-sub-pipeline-of-the-wrong-type',
    mutate: (subject) =>
      callsOf(subject).flatMap(({ path, input }) =>
        Object.keys(input)
          .filter((key) => ['customer', 'batch', 'to', 'subject'].includes(key))
          .map((key) => replace(subject, { path: [...path, key], value: { wrong: true } })),
      ),
  },
];
