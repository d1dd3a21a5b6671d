import { asText, valueAt } from '../document.ts';
import {
  conditionTextsOf,
  expressionPlacesOf,
  inputTemplatesOf,
  objectConditionsOf,
  templatesOf,
  valuesOf,
} from '../language-places.ts';
import { misspell } from '../misspell.ts';
import { type Operator, replace, type Subject } from '../mutation.ts';

/** Writes other expressions where one stands. */
const rewrite = (subject: Subject, change: (source: string) => readonly (string | undefined)[]) =>
  expressionPlacesOf(subject).flatMap(({ path, source, wrap }) =>
    change(source).flatMap((changed) =>
      changed === undefined || changed === source ? [] : [replace(subject, { path, value: wrap(changed) })],
    ),
  );

const rewriting = (name: string, change: (source: string) => readonly (string | undefined)[]): Operator => ({
  name,
  mutate: (subject) => rewrite(subject, change),
});

const withInner = (source: string, find: RegExp, into: (match: string) => string): string | undefined =>
  find.test(source) ? source.replace(find, into) : undefined;

/** Parameters of a plain type: what their values are is known. */
const parametersOfType = ({ definition }: Subject, types: readonly string[]): string[] =>
  Object.entries((definition.parameters?.['properties'] ?? {}) as Readonly<Record<string, { readonly type?: string }>>)
    .filter(([, { type }]) => types.includes(type ?? ''))
    .map(([name]) => name);

const inConditions = (subject: Subject, sources: readonly string[]) =>
  conditionTextsOf(subject).flatMap(({ path }) => sources.map((value) => replace(subject, { path, value })));

export const EXPRESSION_OPERATORS: readonly Operator[] = [
  rewriting('cel-cut-off', (source) => [`${source} &&`, `${source} +`, source.slice(0, -1).trimEnd().concat('.')]),
  rewriting('cel-unbalanced', (source) => [`(${source}`, `${source})`, `[${source}`]),
  rewriting('cel-with-other-operators', (source) => [
    withInner(source, /==/, () => '==='),
    withInner(source, /==/, () => '='),
    withInner(source, /&&/, () => ' AND '),
    withInner(source, /!=/, () => '<>'),
    withInner(source, /&&/, () => ' and '),
    withInner(source, / > /, () => ' => '),
    `${source} ?? 0`,
  ]),
  rewriting('cel-with-an-open-quote', (source) => [withInner(source, /'(?=[^']*$)/, () => ''), `${source} + 'open`]),
  rewriting('cel-with-an-unknown-function', (source) => [
    `upper(${source})`,
    `(${source}).toUpper()`,
    `now() == (${source})`,
  ]),
  rewriting('cel-with-an-unknown-name', (source) => [
    withInner(source, /\b(?:parameters|steps|iteration|item|index)\b(?!["'])/, misspell),
    `(${source}) == undefined`,
  ]),
  rewriting('javascript-in-cel', (source) => [
    `(() => ${source})()`,
    `new Date(${source})`,
    `${source}; 1`,
    `\`\${${source}}\``,
  ]),
  rewriting('templates-of-other-tools', (source) => [
    `${source} | upper`,
    `$.${source}`,
    `${source} | default('x')`,
    `@{${source}}`,
  ]),
  {
    name: 'three-braces',
    mutate: (subject) =>
      templatesOf(subject)
        .filter(({ value }) => !value.includes('secrets.'))
        .map(({ path, value }) => replace(subject, { path, value: value.replace('{{', '{{{').replace('}}', '}}}') })),
  },
  rewriting('cel-too-long', (source) => [`(${source}) == '${'a'.repeat(4_100)}'`]),
  rewriting('cel-too-deep', (source) => ['('.repeat(40) + source + ')'.repeat(40)]),
  rewriting('cel-with-three-nested-comprehensions', () => ['[1].all(a, [1].all(b, [1].all(c, [1].all(d, d > 0))))']),
  rewriting('step-that-is-worked-out', () => ['steps[run.id].status', "steps['a' + 'b'].status"]),
  {
    name: 'template-not-closed',
    mutate: (subject) =>
      templatesOf(subject).map(({ path, value }) => replace(subject, { path, value: value.replace('}}', '') })),
  },
  {
    name: 'empty-template',
    mutate: (subject) =>
      templatesOf(subject).map(({ path, value }) =>
        replace(subject, { path, value: value.replace(/\{\{((?!\}\}).)*\}\}/s, '{{ }}') }),
      ),
  },
  {
    name: 'condition-that-is-no-yes-or-no',
    mutate: (subject) => inConditions(subject, ["'yes'", '1 + 1', '[1]', "size('abc')"]),
  },
  {
    name: 'condition-with-braces',
    mutate: (subject) =>
      conditionTextsOf(subject).map(({ path, value }) => replace(subject, { path, value: `{{ ${value} }}` })),
  },
  {
    name: 'number-compared-with-text',
    mutate: (subject) => [
      ...inConditions(
        subject,
        parametersOfType(subject, ['number', 'integer']).map((name) => `parameters.${name} > 'a'`),
      ),
      ...inConditions(
        subject,
        parametersOfType(subject, ['string']).map((name) => `parameters.${name} < 5`),
      ),
    ],
  },
  {
    name: 'arithmetic-on-what-is-no-number',
    mutate: (subject) =>
      inputTemplatesOf(subject).flatMap(({ path }) => [
        ...parametersOfType(subject, ['string', 'boolean']).map((name) =>
          replace(subject, { path, value: `{{ parameters.${name} * 2 }}` }),
        ),
        replace(subject, { path, value: "{{ 1 - 'a' }}" }),
      ]),
  },
  {
    name: 'logic-on-what-is-no-yes-or-no',
    mutate: (subject) =>
      inConditions(
        subject,
        parametersOfType(subject, ['string', 'number', 'integer']).flatMap((name) => [
          `!parameters.${name}`,
          `parameters.${name} && run.id != ''`,
        ]),
      ),
  },
  {
    name: 'bad-pattern',
    mutate: (subject) => [
      ...objectConditionsOf(subject)
        .filter(({ value }) => value['operator'] === 'matches')
        .flatMap(({ path }) =>
          ['(', '[a-', '*a', '(?<=a)b'].map((value) =>
            replace(subject, { path: [...path, 'value'], value, or: [path] }),
          ),
        ),
      ...inConditions(subject, ["run.id.matches('(')", "run.id.matches('[z-a]')"]),
    ],
  },
  {
    name: 'misspelt-condition-type',
    mutate: (subject) =>
      valuesOf(subject, ['type']).map(({ path, value }) =>
        replace(subject, { path, value: misspell(asText(value)), or: [path.slice(0, -1)] }),
      ),
  },
  {
    name: 'misspelt-operator',
    mutate: (subject) =>
      valuesOf(subject, ['operator']).flatMap(({ path, value }) =>
        [misspell(asText(value)), '==', 'eq'].map((wrong) => replace(subject, { path, value: wrong })),
      ),
  },
  {
    name: 'comparison-without-a-value',
    mutate: (subject) =>
      objectConditionsOf(subject)
        .filter(({ value }) => valueAt(value, ['value']) === undefined && value['operator'] === 'exists')
        .map(({ path }) =>
          replace(subject, { path: [...path, 'operator'], value: 'equals', or: [path, [...path, 'value']] }),
        ),
  },
];
