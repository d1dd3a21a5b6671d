import { resolveUses } from '@ia-modules/engine';
import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { inputSchemaOf } from '../catalog.ts';
import { asText, isObject, type Path, valueAt, withRenamedKey } from '../document.ts';
import { languageObjectsOf } from '../language-places.ts';
import { misspell } from '../misspell.ts';
import { type Operator, remove, replace, type Subject } from '../mutation.ts';

/** A `with` whose schema is known, and each object within it whose schema is known too. */
type Input = { readonly path: Path; readonly value: JsonObject; readonly schema: JsonObject };

const CORE_INPUTS: Readonly<Record<string, JsonObject>> = {
  'core.wait': {
    properties: { duration: { type: 'string' }, until: { type: 'string' }, signal: { type: 'string' } },
    additionalProperties: false,
  },
  'core.end': {
    properties: {
      status: { enum: ['succeeded', 'failed', 'canceled'] },
      message: { type: 'string' },
      outputs: { type: 'object' },
    },
    additionalProperties: false,
  },
  'human.approval': {
    properties: {
      title: { type: 'string' },
      description: { type: 'string' },
      form: { type: 'object' },
      assignees: { type: 'array' },
      on_deadline: { enum: ['fail', 'approve', 'reject'] },
      no_self_approval: { type: 'boolean' },
      on_reject: { enum: ['fail', 'continue'] },
      quorum: { type: 'integer' },
      deadline: { type: 'string' },
      escalation: { type: 'array' },
    },
    additionalProperties: false,
  },
  'core.fail': {
    properties: { message: { type: 'string' }, retryable: { type: 'boolean' } },
    additionalProperties: false,
  },
};

const inputsOf = (subject: Subject): Input[] => {
  const inputs: Input[] = [];
  for (const { path, value } of languageObjectsOf(subject)) {
    const [key, uses] = 'plugin' in value ? ['config', value['plugin']] : ['with', value['uses']];
    if (typeof uses !== 'string') continue;
    const schema = CORE_INPUTS[uses] ?? inputSchemaOf(resolveUses(uses, subject.definition.plugins));
    const input = value[key];
    if (schema !== undefined && isObject(input)) inputs.push({ path: [...path, key], value: input, schema });
  }
  for (const { path, value, schema } of inputs) {
    for (const [key, below] of Object.entries(value)) {
      const inner = propertyOf(schema, key);
      if (isObject(below) && isObject(inner?.['properties']))
        inputs.push({ path: [...path, key], value: below, schema: inner });
    }
  }
  return inputs;
};

const propertyOf = (schema: JsonObject, key: string): JsonObject | undefined => {
  const found = valueAt(schema, ['properties', key]);
  return isObject(found) ? found : undefined;
};

const eachProperty = (subject: Subject, wrong: (schema: JsonObject) => readonly Json[]) =>
  inputsOf(subject).flatMap(({ path, value, schema }) =>
    Object.keys(value).flatMap((key) =>
      wrong(propertyOf(schema, key) ?? {}).map((item) => replace(subject, { path: [...path, key], value: item })),
    ),
  );

const WRONG_TYPES: Readonly<Record<string, readonly Json[]>> = {
  string: [7, true, ['a']],
  number: ['seven', false],
  integer: ['seven', 1.5],
  boolean: ['yes', 1],
  array: ['a', { a: 1 }],
  object: ['a', [1]],
};

const WRONG_FORMATS: Readonly<Record<string, readonly string[]>> = {
  uri: ['not a url', 'example.com'],
  email: ['nobody', '@example.com'],
  cron: ['every day', '61 * * * *', '* * *', '0 0 32 * *', '0 3 * * mon-fry'],
  timezone: ['Europe/Berlni', 'Mars/Olympus', 'UTC+25'],
  'date-time': ['yesterday', '2026-13-01T00:00:00Z'],
  duration: ['a while', '5 m'],
};

const outsideOf = (schema: JsonObject): Json[] => {
  const bounds = [
    [schema['minimum'], -1],
    [schema['exclusiveMinimum'], 0],
    [schema['maximum'], 1],
  ] as const;
  const numbers = bounds.flatMap(([bound, step]) => (typeof bound === 'number' ? [bound + step] : []));
  return [...numbers, ...(schema['minLength'] === 1 ? [''] : []), ...(schema['minItems'] === 1 ? [[]] : [])];
};

export const INPUT_OPERATORS: readonly Operator[] = [
  {
    name: 'misspelt-input',
    mutate: (subject) =>
      inputsOf(subject)
        .filter(({ schema }) => schema['additionalProperties'] === false)
        .flatMap(({ path, value }) =>
          Object.keys(value).map((key) => ({
            make: () => withRenamedKey(subject.document, [...path, key], misspell(key)),
            places: [
              [...path, misspell(key)],
              [...path, key],
            ],
          })),
        ),
  },
  {
    name: 'surplus-input',
    mutate: (subject) =>
      inputsOf(subject)
        .filter(({ schema }) => schema['additionalProperties'] === false)
        .map(({ path }) => replace(subject, { path: [...path, 'surplus'], value: 1 })),
  },
  {
    name: 'missing-input',
    mutate: (subject) =>
      inputsOf(subject).flatMap(({ path, value, schema }) => {
        const required = Array.isArray(schema['required']) ? schema['required'] : [];
        return required
          .map(String)
          .filter((key) => key in value)
          .map((key) => remove(subject, [...path, key], [[...path, key], path]));
      }),
  },
  {
    name: 'no-input-at-all',
    mutate: (subject) =>
      inputsOf(subject)
        .filter(
          ({ path, schema }) =>
            path.at(-1) === 'with' && Array.isArray(schema['required']) && schema['required'].length > 0,
        )
        .map(({ path, schema }) => {
          const required = (schema['required'] as readonly string[]).map((key) => [...path, key]);
          return remove(subject, path, [path, ...required]);
        }),
  },
  {
    name: 'input-of-the-wrong-type',
    mutate: (subject) =>
      eachProperty(subject, ({ type }) => (typeof type === 'string' ? (WRONG_TYPES[type] ?? []) : [])),
  },
  {
    name: 'input-that-is-no-choice',
    mutate: (subject) => eachProperty(subject, (schema) => (Array.isArray(schema['enum']) ? ['neither'] : [])),
  },
  { name: 'input-out-of-range', mutate: (subject) => eachProperty(subject, outsideOf) },
  {
    name: 'input-in-a-wrong-format',
    mutate: (subject) => eachProperty(subject, ({ format }) => WRONG_FORMATS[asText(format)] ?? []),
  },
];
