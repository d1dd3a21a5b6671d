import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { isObject } from './document.ts';
import type { NeutralOperator, Subject } from './mutation.ts';

/** Rebuilds a value from its leaves; `entries` says in which order an object's keys stand. */
const rebuild = (value: Json, entries: (object: JsonObject) => readonly (readonly [string, Json])[]): Json => {
  if (Array.isArray(value)) return value.map((item: Json) => rebuild(item, entries));
  if (!isObject(value)) return value;
  return Object.fromEntries(entries(value).map(([key, item]) => [key, rebuild(item, entries)]));
};

const textOf = ({ document }: Subject): string => JSON.stringify(document, null, 2);

const rewriteText = (
  name: string,
  change: (text: string, subject: Subject) => string,
  format: 'json' | 'jsonc' = 'json',
): NeutralOperator => ({
  name,
  mutate: (subject) => [{ make: () => change(textOf(subject), subject), format }],
});

/** Other ways to write the same JSON. */
export const LAYOUT_OPERATORS: readonly NeutralOperator[] = [
  {
    name: 'keys-in-reverse-order',
    mutate: ({ document }) => [{ make: () => rebuild(document, (object) => Object.entries(object).toReversed()) }],
  },
  {
    name: 'keys-sorted',
    mutate: ({ document }) => [
      { make: () => rebuild(document, (object) => Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1))) },
    ],
  },
  rewriteText('on-one-line', (_, { document }) => JSON.stringify(document)),
  rewriteText('with-tabs', (_, { document }) => JSON.stringify(document, null, '\t')),
  rewriteText('with-carriage-returns', (text) => text.replaceAll('\n', '\r\n')),
  rewriteText('with-space-around', (text) => `\n\n  ${text}\n \t\n`),
  rewriteText('with-a-byte-order-mark', (text) => `\uFEFF${text}`),
  rewriteText('with-escapes', (text) => text.replaceAll(/"([a-z])/g, (_, letter: string) => `"${escaped(letter)}`)),
  rewriteText('with-numbers-in-other-forms', (text) => text.replaceAll(/(: )(\d+)(?=,?\n)/g, '$1$2.0')),
  rewriteText(
    'with-comments',
    (text) => text.replaceAll('\n', ' // why\n').replace('{', '{ /* what\n it is */'),
    'jsonc',
  ),
  rewriteText('with-trailing-commas', (text) => text.replaceAll(/(?<=[^[{\s])\n(\s*[\]}])/g, ',\n$1'), 'jsonc'),
];

const escaped = (letter: string): string => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
