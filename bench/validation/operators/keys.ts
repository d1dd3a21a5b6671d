import { without, withRenamedKey, withValue } from '../document.ts';
import { languageObjectsOf } from '../language-places.ts';
import { misspell } from '../misspell.ts';
import type { Operator, Subject } from '../mutation.ts';

/** Keys that other tools have and this language has not. */
const FOREIGN_KEYS = ['depends_on', 'if', 'retries', 'timeout_seconds', 'catch'];

const misspelt = (subject: Subject, wanted: (isRequired: boolean) => boolean) =>
  languageObjectsOf(subject).flatMap(({ path, value, required }) =>
    Object.keys(value)
      .filter((key) => wanted(required.includes(key)))
      .map((key) => {
        const wrong = misspell(key);
        const missing = required.includes(key) ? [[...path, key]] : [];
        return {
          make: () => withRenamedKey(subject.document, [...path, key], wrong),
          places: [[...path, wrong], ...missing],
        };
      }),
  );

/** Keys in the spelling of other languages. */
const respelt = (subject: Subject, spell: (key: string) => string) =>
  languageObjectsOf(subject).flatMap(({ path, value, required }) =>
    Object.keys(value)
      .filter((key) => key !== '$schema' && spell(key) !== key)
      .map((key) => ({
        make: () => withRenamedKey(subject.document, [...path, key], spell(key)),
        places: [[...path, spell(key)], ...(required.includes(key) ? [[...path, key]] : [])],
      })),
  );

export const KEY_OPERATORS: readonly Operator[] = [
  { name: 'misspelt-optional-key', mutate: (subject) => misspelt(subject, (isRequired) => !isRequired) },
  { name: 'misspelt-required-key', mutate: (subject) => misspelt(subject, (isRequired) => isRequired) },
  {
    name: 'missing-key',
    mutate: (subject) =>
      languageObjectsOf(subject).flatMap(({ path, required }) =>
        required.map((key) => ({
          make: () => without(subject.document, [...path, key]),
          places: [[...path, key], path],
        })),
      ),
  },
  {
    name: 'key-in-camel-case',
    mutate: (subject) =>
      respelt(subject, (key) => key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())),
  },
  { name: 'key-with-a-hyphen', mutate: (subject) => respelt(subject, (key) => key.replaceAll('_', '-')) },
  { name: 'key-in-capitals', mutate: (subject) => respelt(subject, (key) => key.toUpperCase()) },
  {
    name: 'foreign-key',
    mutate: (subject) =>
      languageObjectsOf(subject).flatMap(({ path }) =>
        FOREIGN_KEYS.map((key) => ({
          make: () => withValue(subject.document, [...path, key], 3),
          places: [[...path, key]],
        })),
      ),
  },
];
