import type { Json } from '@ia-modules/plugin-sdk';
import { asText, isObject, type Path, valueAt, withAppended, withRenamedKey, withValue } from '../document.ts';
import { objectConditionsOf, stepsOf } from '../language-places.ts';
import { misspell } from '../misspell.ts';
import { type Operator, replace, type Subject } from '../mutation.ts';

const propertiesOf = ({
  document,
}: Subject): { readonly name: string; readonly path: Path; readonly schema: { readonly [key: string]: Json } }[] => {
  const properties = valueAt(document, ['parameters', 'properties']);
  if (!isObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, schema]) =>
    isObject(schema) ? [{ name, path: ['parameters', 'properties', name], schema }] : [],
  );
};

const MISFITS: Readonly<Record<string, Json>> = {
  string: 5,
  number: 'five',
  integer: 1.5,
  boolean: 'no',
  array: 'a, b',
  object: [],
};

/** A step that runs in every run, with a limit that the run's own must leave room for. */
const certainLimits = (subject: Subject): Path[] => {
  const { start_at: startAt, transitions = [] } = subject.definition.flow ?? {};
  const targets = new Set(transitions.map(({ to }) => to));
  const starts = startAt === undefined ? undefined : new Set([startAt].flat());
  return stepsOf(subject)
    .filter(({ step }) => step.timeout !== undefined && (starts?.has(step.id) ?? !targets.has(step.id)))
    .map(({ path }) => [...path, 'timeout']);
};

export const PARAMETER_OPERATORS: readonly Operator[] = [
  {
    name: 'parameters-that-are-no-object',
    mutate: (subject) =>
      subject.definition.parameters === undefined
        ? []
        : ['array', 'string', 'objct'].map((value) =>
            replace(subject, { path: ['parameters', 'type'], value, or: [['parameters']] }),
          ),
  },
  {
    name: 'unknown-parameter-type',
    mutate: (subject) =>
      propertiesOf(subject).flatMap(({ path }) =>
        ['text', 'int', 'list'].map((value) => replace(subject, { path: [...path, 'type'], value })),
      ),
  },
  {
    name: 'bad-keyword-in-a-parameter',
    mutate: (subject) =>
      propertiesOf(subject).flatMap(({ path }) => [
        replace(subject, { path: [...path, 'minLength'], value: 'two' }),
        replace(subject, { path: [...path, 'enum'], value: 'a|b' }),
        replace(subject, { path: [...path, 'pattern'], value: '(' }),
        replace(subject, { path: [...path, 'required'], value: true }),
      ]),
  },
  {
    name: 'misspelt-keyword-in-a-parameter',
    severity: 'warning',
    mutate: (subject) =>
      propertiesOf(subject).flatMap(({ path, schema }) =>
        Object.keys(schema)
          .filter((key) => ['type', 'default', 'minimum', 'enum', 'pattern', 'items', 'properties'].includes(key))
          .map((key) => ({
            make: () => withRenamedKey(subject.document, [...path, key], misspell(key)),
            places: [[...path, misspell(key)]],
          })),
      ),
  },
  {
    name: 'required-parameter-that-is-not-declared',
    severity: 'warning',
    mutate: (subject) =>
      requiredOf(subject).flatMap((name, index) => {
        const path: Path = ['parameters', 'required', index];
        return typeof name === 'string'
          ? [replace(subject, { path, value: misspell(name), or: [path.slice(0, -1)] })]
          : [];
      }),
  },
  {
    name: 'default-that-does-not-fit',
    mutate: (subject) =>
      propertiesOf(subject).flatMap(({ path, schema }) => {
        const misfit = MISFITS[asText(schema['type'])];
        return misfit === undefined ? [] : [replace(subject, { path: [...path, 'default'], value: misfit })];
      }),
  },
  {
    name: 'default-that-is-no-choice',
    mutate: (subject) =>
      propertiesOf(subject)
        .filter(({ schema }) => Array.isArray(schema['enum']))
        .map(({ path }) => replace(subject, { path: [...path, 'default'], value: 'other' })),
  },
  {
    name: 'unused-parameter',
    severity: 'warning',
    mutate: (subject) => {
      // A plugin's condition is handed all parameters: none of them is unused.
      if (objectConditionsOf(subject).some(({ value }) => value['type'] === 'plugin')) return [];
      const or = [['parameters', 'properties', 'never_read']];
      return [replace(subject, { path: ['parameters'], value: withExtra(subject), or })];
    },
  },
  {
    name: 'required-parameter-with-a-default',
    severity: 'warning',
    mutate: (subject) =>
      propertiesOf(subject)
        .filter(({ schema }) => schema['default'] !== undefined)
        .map(({ name, path }) => ({
          make: () => withAppended(subject.document, ['parameters', 'required'], name),
          places: [
            [...path, 'default'],
            path,
            ['parameters', 'required'],
            ['parameters', 'required', requiredOf(subject).length],
          ],
        })),
  },
  {
    name: 'run-limit-shorter-than-a-step',
    severity: 'warning',
    mutate: (subject) => {
      const limits = certainLimits(subject);
      const make = (): Json => withValue(subject.document, ['flow', 'max_duration'], '3ms');
      return limits.length === 0 ? [] : [{ make, places: [['flow', 'max_duration'], ...limits] }];
    },
  },
];

const requiredOf = ({ document }: Subject): readonly Json[] => {
  const required = valueAt(document, ['parameters', 'required']);
  return Array.isArray(required) ? required : [];
};

const withExtra = ({ document }: Subject): Json => {
  const parameters = valueAt(document, ['parameters']);
  const known = isObject(parameters) ? parameters : { type: 'object' };
  const properties = isObject(known['properties']) ? known['properties'] : {};
  return { ...known, properties: { ...properties, never_read: { type: 'string', default: '' } } };
};
