import type { Json } from '@ia-modules/plugin-sdk';
import { isObject, type Path, placesBelow } from '../document.ts';
import type { Mutation, Operator, Subject } from '../mutation.ts';

const ROOT: Path = [];
const textOf = ({ document }: Subject): string => JSON.stringify(document, null, 2);

/** Changes the text itself; a text that is no JSON has no place but the root. */
const spoil = (name: string, change: (text: string) => readonly string[]): Operator => ({
  name,
  mutate: (subject) => change(textOf(subject)).map((text) => ({ make: () => text, places: [ROOT] })),
});

const placesOf = (text: string, find: RegExp): number[] => [...text.matchAll(find)].map(({ index }) => index);

const eachPlace = (text: string, find: RegExp, into: string): string[] =>
  placesOf(text, find).map((index) => text.slice(0, index) + into + text.slice(index + 1));

/** Marks an object in the text, so that keys that no value can hold are written into it. */
const MARK = '__MARK__';

const withText = (
  subject: Subject,
  path: Path,
  entry: (object: { readonly [key: string]: Json }) => string,
): Mutation[] => {
  const found = placesBelow(subject.document).find((place) => place.path.join('/') === path.join('/'));
  if (found === undefined || !isObject(found.value)) return [];
  const copy = structuredClone(subject.document) as { [key: string]: Json };
  let target = copy;
  for (const segment of path) target = target[segment] as { [key: string]: Json };
  target[MARK] = 0;
  const make = (): string =>
    JSON.stringify(copy, null, 2).replace(`"${MARK}": 0`, entry(found.value as { readonly [key: string]: Json }));
  return [{ make, places: [path] }];
};

const objectsOf = (subject: Subject): Path[] =>
  placesBelow(subject.document)
    .filter(({ value }) => isObject(value))
    .map(({ path }) => path);

const within = (mutations: readonly Mutation[], key: string): Mutation[] =>
  mutations.map(({ make, places }) => ({ make, places: places.map((place) => [...place, key]) }));

export const TEXT_OPERATORS: readonly Operator[] = [
  spoil('cut-off-text', (text) =>
    [0.1, 0.3, 0.5, 0.7, 0.9, 0.99].map((part) => text.slice(0, Math.floor(text.length * part))),
  ),
  spoil('comment-in-json', (text) => eachPlace(text, /\n/g, ' // why\n')),
  spoil('trailing-comma', (text) => eachPlace(text, /\n\s*[}\]]/g, ',\n')),
  spoil('missing-comma', (text) => eachPlace(text, /,(?=\n)/g, ' ')),
  spoil('missing-colon', (text) => eachPlace(text, /(?<="):(?= )/g, ' ')),
  spoil('missing-quote', (text) => eachPlace(text, /"(?=[a-z_]+":)/g, '')),
  spoil('missing-bracket', (text) => eachPlace(text, /[}\]](?=,?\n)/g, '')),
  spoil('surplus-comma', (text) => eachPlace(text, /,(?=\n)/g, ',,')),
  spoil('bad-escape', (text) =>
    ['\\x41', '\\u12', '\\ ', '\\u00g0'].map((escape) => text.replace('": "', `": "${escape}`)),
  ),
  spoil('far-too-large', (text) => [text.replace('{', `{"description": "${'x'.repeat(17_000_000)}",`)]),
  spoil('single-quotes', (text) => [text.replaceAll('"', "'")]),
  spoil('surplus-bracket', (text) => [`${text}}`, `${text}]`, `[${text}`]),
  spoil('two-documents', (text) => [`${text}\n${text}`]),
  spoil('words-that-json-lacks', (text) =>
    ['NaN', 'Infinity', 'undefined', 'True', '0x10', '01', '.5', '+1'].map((word) =>
      text.replace(/"description":|"name":/, `"description_": ${word}, $&`),
    ),
  ),
  spoil('control-character-in-a-text', (text) => eachPlace(text, /(?<=": ")\w/g, '\t').slice(0, 20)),
  spoil('no-text', () => ['', '   ', '\n', '\uFEFF']),
  spoil('no-object', () => ['null', '[]', '"text"', '42', 'true']),
  spoil('nested-without-end', (text) => [
    text.replace('"steps":', `"x": ${'['.repeat(100_000)}${']'.repeat(100_000)}, "steps":`),
    '{"a":'.repeat(50_000),
  ]),
  {
    name: 'duplicate-key',
    mutate: (subject) =>
      objectsOf(subject).flatMap((path) => {
        const [key] = Object.keys(placesBelow(subject.document, path)[0]?.value ?? {});
        return key === undefined
          ? []
          : within(
              withText(subject, path, (object) => `"${key}": ${JSON.stringify(object[key])}`),
              key,
            );
      }),
  },
  {
    name: 'key-of-the-prototype',
    mutate: (subject) =>
      objectsOf(subject).flatMap((path) =>
        within(
          withText(subject, path, () => '"__proto__": {"admin": true}'),
          '__proto__',
        ),
      ),
  },
  {
    name: 'number-that-is-too-large',
    mutate: (subject) => [
      ...within(
        withText(subject, ['flow'], () => '"max_cost_usd": 1e999'),
        'max_cost_usd',
      ),
    ],
  },
  {
    name: 'half-a-surrogate-pair',
    mutate: (subject) => [
      ...half(subject, ['name']),
      ...half(subject, ['steps', 0, 'id']),
      ...half(subject, ['steps', 0, 'uses']),
    ],
  },
];

const half = (subject: Subject, path: Path): Mutation[] => {
  const text = textOf(subject);
  const found = placesBelow(subject.document).find((place) => place.path.join('/') === path.join('/'));
  if (typeof found?.value !== 'string') return [];
  const value = JSON.stringify(found.value);
  const key = String(path.at(-1));
  return [{ make: () => text.replace(`"${key}": ${value}`, `"${key}": "\\ud800${value.slice(1)}`), places: [path] }];
};
