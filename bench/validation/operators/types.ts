import type { Json } from '@ia-modules/plugin-sdk';
import { isObject } from '../document.ts';
import { languageObjectsOf } from '../language-places.ts';
import { type Operator, replace, type Subject } from '../mutation.ts';

/** Keys that take any JSON. */
const FREE_KEYS: ReadonlySet<string> = new Set(['fallback', 'value']);

/** Keys that take a text as well as a list or an object. */
const MIXED_KEYS: ReadonlySet<string> = new Set(['condition', 'join', 'start_at', 'items']);

const ownValues = (subject: Subject) =>
  languageObjectsOf(subject).flatMap(({ path, value }) =>
    Object.entries(value)
      .filter(([key]) => !FREE_KEYS.has(key))
      .map(([key, current]) => ({ path: [...path, key], key, value: current })),
  );

const wrongFor = (key: string, value: Json): Json => {
  if (MIXED_KEYS.has(key)) return 42;
  switch (typeof value) {
    case 'string':
      return 42;
    case 'number':
      return 'many';
    case 'boolean':
      return 'yes';
    default:
      return Array.isArray(value) ? { first: 1 } : [];
  }
};

/** What stands in for a single value where a list of one is meant, and the other way round. */
const replaceWhere = (name: string, change: (key: string, value: Json) => Json | undefined): Operator => ({
  name,
  mutate: (subject) =>
    ownValues(subject).flatMap(({ path, key, value }) => {
      const wrong = change(key, value);
      return wrong === undefined ? [] : [replace(subject, { path, value: wrong })];
    }),
});

const LISTS_THAT_NEED_ITEMS: ReadonlySet<string> = new Set([
  'steps',
  'start_at',
  'cancels',
  'validate',
  'transform',
  'conditions',
  'on',
]);

export const TYPE_OPERATORS: readonly Operator[] = [
  replaceWhere('wrong-type', wrongFor),
  replaceWhere('null-value', () => null),
  replaceWhere('number-as-text', (_, value) => (typeof value === 'number' ? String(value) : undefined)),
  replaceWhere('boolean-as-text', (_, value) => (typeof value === 'boolean' ? String(value) : undefined)),
  replaceWhere('object-in-a-list', (key, value) => (isObject(value) && !MIXED_KEYS.has(key) ? [value] : undefined)),
  replaceWhere('list-as-text', (key, value) => (Array.isArray(value) && !MIXED_KEYS.has(key) ? 'one, two' : undefined)),
  replaceWhere('empty-list', (key, value) => (Array.isArray(value) && LISTS_THAT_NEED_ITEMS.has(key) ? [] : undefined)),
  {
    name: 'wrong-type-of-item',
    mutate: (subject) =>
      ownValues(subject)
        .filter(({ key }) => key !== 'items')
        .flatMap(({ path, value }) =>
          Array.isArray(value)
            ? [...value.keys()].map((index) => replace(subject, { path: [...path, index], value: 7 }))
            : [],
        ),
  },
];
