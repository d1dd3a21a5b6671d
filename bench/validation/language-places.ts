import type { ObjectCondition, StepDefinition, TransitionDefinition } from '@ia-modules/engine';
import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { isObject, type Path, type Place, placesBelow, valueAt } from './document.ts';
import type { Subject } from './mutation.ts';

export type StepPlace = { readonly step: StepDefinition; readonly index: number; readonly path: Path };
export type TransitionPlace = {
  readonly transition: TransitionDefinition;
  readonly index: number;
  readonly path: Path;
};

export const stepsOf = ({ definition }: Subject): StepPlace[] =>
  definition.steps.map((step, index) => ({ step, index, path: ['steps', index] }));

export const transitionsOf = ({ definition }: Subject): TransitionPlace[] =>
  (definition.flow?.transitions ?? []).map((transition, index) => ({
    transition,
    index,
    path: ['flow', 'transitions', index],
  }));

/** The objects of the language, each with the keys it can't be without. */
export type LanguageObject = { readonly path: Path; readonly value: JsonObject; readonly required: readonly string[] };

const STEP_OBJECTS: readonly (readonly [Path, readonly string[]])[] = [
  [['retry'], []],
  [['for_each'], ['items']],
  [['for_each', 'for_each'], ['items']],
  [['cache'], ['key', 'ttl']],
  [['concurrency'], ['key']],
  [['compensate'], ['uses']],
  [['compensate', 'retry'], []],
  [['adaptive'], ['reward']],
  [['join'], ['at_least']],
];

const CONDITION_KEYS: Readonly<Record<ObjectCondition['type'], readonly string[]>> = {
  always: ['type'],
  default: ['type'],
  expression: ['type', 'source', 'operator'],
  parameter: ['type', 'name'],
  plugin: ['type', 'plugin'],
  all: ['type', 'conditions'],
  any: ['type', 'conditions'],
  not: ['type', 'condition'],
};

export const objectConditionsOf = (subject: Subject): LanguageObject[] => {
  const found: LanguageObject[] = [];
  const visit = (path: Path): void => {
    const value = valueAt(subject.document, path);
    if (!isObject(value)) return;
    found.push({ path, value, required: CONDITION_KEYS[value['type'] as ObjectCondition['type']] });
    visit([...path, 'condition']);
    if (Array.isArray(value['conditions']))
      for (const index of value['conditions'].keys()) visit([...path, 'conditions', index]);
  };
  for (const { path } of transitionsOf(subject)) visit([...path, 'condition']);
  return found;
};

export const languageObjectsOf = (subject: Subject): LanguageObject[] => {
  const at = (path: Path, required: readonly string[]): LanguageObject[] => {
    const value = valueAt(subject.document, path);
    return isObject(value) ? [{ path, value, required }] : [];
  };
  const listAt = (path: Path, required: readonly string[]): LanguageObject[] => {
    const list = valueAt(subject.document, path);
    return Array.isArray(list) ? [...list.keys()].flatMap((index) => at([...path, index], required)) : [];
  };
  return [
    ...at([], ['name', 'steps']),
    ...at(['plugin_config'], []),
    ...stepsOf(subject).flatMap(({ path }) => [
      ...at(path, ['id', 'uses']),
      ...STEP_OBJECTS.flatMap(([below, required]) => at([...path, ...below], required)),
      ...listAt([...path, 'validate'], ['uses']),
      ...listAt([...path, 'transform'], ['uses']),
    ]),
    ...at(['flow'], []),
    ...transitionsOf(subject).flatMap(({ path }) => [
      ...at(path, ['from', 'to']),
      ...at([...path, 'loop'], ['max_iterations']),
    ]),
    ...objectConditionsOf(subject),
    ...listAt(['hooks'], ['uses']),
    ...listAt(['reporters'], ['uses']),
  ];
};

/** Values of one of the language's own keys, never of what a step takes. */
export const valuesOf = (subject: Subject, keys: readonly string[]): Place[] =>
  languageObjectsOf(subject).flatMap(({ path, value }) =>
    keys.flatMap((key) => {
      const found = value[key];
      return found === undefined ? [] : [{ path: [...path, key], value: found }];
    }),
  );

export const isText = (place: Place): place is Place<string> => typeof place.value === 'string';

export const durationsOf = (subject: Subject): Place<string>[] =>
  valuesOf(subject, ['timeout', 'max_duration', 'initial_delay', 'max_delay', 'ttl']).filter(isText);

export const usesOf = (subject: Subject): Place<string>[] => valuesOf(subject, ['uses', 'plugin']).filter(isText);

/** Texts with `{{ … }}`. */
export const templatesOf = ({ document }: Subject): Place<string>[] =>
  placesBelow(document).filter((place): place is Place<string> => isText(place) && place.value.includes('{{'));

/** Texts that are CEL from end to end. */
export const expressionsOf = (subject: Subject): Place<string>[] => [
  ...transitionsOf(subject)
    .map(
      ({ path, transition }): Place => ({
        path: [...path, 'condition'],
        value: (transition.condition ?? null) as Json,
      }),
    )
    .filter(isText),
  ...objectConditionsOf(subject)
    .map(({ path, value }): Place => ({ path: [...path, 'source'], value: value['source'] ?? null }))
    .filter(isText),
  ...valuesOf(subject, ['reward', 'context']).filter(isText),
];

export const conditionTextsOf = (subject: Subject): Place<string>[] =>
  expressionsOf(subject).filter(({ path }) => path.at(-1) === 'condition');

/** Whole templates and CEL texts: `wrap` writes an expression the way its place wants it. */
export type ExpressionPlace = {
  readonly path: Path;
  readonly source: string;
  readonly wrap: (source: string) => string;
};

const WHOLE_TEMPLATE = /^\{\{\s*((?:(?!\}\}).)*?)\s*\}\}$/s;

export const expressionPlacesOf = (subject: Subject): ExpressionPlace[] => [
  ...expressionsOf(subject).map(({ path, value }) => ({ path, source: value, wrap: (source: string) => source })),
  ...templatesOf(subject).flatMap(({ path, value }) => {
    const source = WHOLE_TEMPLATE.exec(value)?.[1];
    const isSecret = source === undefined || source.startsWith('secrets.');
    return isSecret ? [] : [{ path, source, wrap: (text: string) => `{{ ${text} }}` }];
  }),
];

/** Templates below `with` of steps that the platform's own rules leave free: what is put there is judged for itself. */
export const inputTemplatesOf = (subject: Subject): (Place<string> & { readonly step: StepPlace })[] =>
  stepsOf(subject).flatMap((step) =>
    placesBelow(subject.document, [...step.path, 'with'])
      .filter(
        (place): place is Place<string> =>
          isText(place) && place.value.includes('{{') && !place.value.includes('secrets.'),
      )
      .map((place) => ({ ...place, step })),
  );
