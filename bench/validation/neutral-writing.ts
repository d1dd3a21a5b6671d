import { parseDuration } from '@ia-modules/engine';
import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import {
  asText,
  type Path,
  placesBelow,
  valueAt,
  withAppended,
  withRenamedKey,
  withValue,
  without,
} from './document.ts';
import {
  conditionTextsOf,
  durationsOf,
  expressionPlacesOf,
  expressionsOf,
  objectConditionsOf,
  stepsOf,
  templatesOf,
  transitionsOf,
} from './language-places.ts';
import type { NeutralOperator, Subject } from './mutation.ts';
import { createRandom, sample } from './random.ts';

type Change = { readonly path: Path; readonly value: Json };

/** One mutation for each change, and one that makes them all. */
const eachAndAll = ({ document }: Subject, changes: readonly Change[]) => [
  ...changes.map(({ path, value }) => ({ make: () => withValue(document, path, value) })),
  ...(changes.length > 1
    ? [{ make: () => changes.reduce((changed, { path, value }) => withValue(changed, path, value), document) }]
    : []),
];

const writing = (name: string, changes: (subject: Subject) => readonly Change[]): NeutralOperator => ({
  name,
  mutate: (subject) => eachAndAll(subject, changes(subject)),
});

const transitionsPath: Path = ['flow', 'transitions'];

const renamedEverywhere = ({ document }: Subject, { id, name }: { readonly id: string; readonly name: string }): Json =>
  placesBelow(document).reduce<Json>((changed, { path, value }) => {
    if (typeof value !== 'string') return changed;
    const isId = path.length === 3 && path[0] === 'steps' && path[2] === 'id';
    const isEnd = path[0] === 'flow' && (path.at(-1) === 'from' || path.at(-1) === 'to' || path[1] === 'start_at');
    const isName = isId || isEnd || path.includes('cancels');
    const renamed =
      isName && value === id ? name : value.replaceAll(new RegExp(`\\bsteps\\.${id}\\b`, 'g'), `steps.${name}`);
    return renamed === value ? changed : withValue(changed, path, renamed);
  }, document);

const reordered = (list: readonly Json[], seed: number): Json[] => sample(list, list.length, createRandom(seed));

/** Transitions of one step keep their order: a router may go by it. */
const transitionsReordered = ({ document }: Subject, seed: number): Json => {
  const transitions = valueAt(document, transitionsPath);
  if (!Array.isArray(transitions)) return document;
  const groups = [...Map.groupBy(transitions as readonly JsonObject[], (transition) => transition['from']).values()];
  return withValue(document, transitionsPath, reordered(groups, seed).flat());
};

/** Such a pipeline names its own parameters as inputs and reads its own outputs: they stay as they are. */
const callsItself = ({ definition }: Subject): boolean =>
  definition.steps.some(({ uses }) => uses.startsWith(`pipeline:${definition.name}`));

const parameterNamesOf = (subject: Subject): string[] =>
  callsItself(subject) ? [] : Object.keys((subject.definition.parameters?.['properties'] ?? {}) as object);

const OPERATORS_IN_CEL: Readonly<Record<string, string>> = {
  equals: '==',
  not_equals: '!=',
  greater_than: '>',
  greater_or_equal: '>=',
  less_than: '<',
  less_or_equal: '<=',
};

const COMPARISON = /^((?:steps|parameters)\.[\w.]+) (==|!=|>=|<=|>|<) ('[^'\\]*'|\d+)$/;

const toObject = (source: string): JsonObject | undefined => {
  const [, left, sign, right = ''] = COMPARISON.exec(source) ?? [];
  const operator = Object.entries(OPERATORS_IN_CEL).find(([, written]) => written === sign)?.[0];
  if (left === undefined || operator === undefined) return undefined;
  return {
    type: 'expression',
    source: left,
    operator,
    value: right.startsWith("'") ? right.slice(1, -1) : Number(right),
  };
};

const toCel = (condition: JsonObject): string | undefined => {
  const { type, source, operator, value } = condition;
  const sign = OPERATORS_IN_CEL[asText(operator)];
  return type === 'expression' && sign !== undefined ? `${asText(source)} ${sign} ${JSON.stringify(value)}` : undefined;
};

const topConditionsOf = (subject: Subject) => objectConditionsOf(subject).filter(({ path }) => path.length === 4);

const isPlain = ({
  condition,
  default: isDefault,
  on,
  loop,
}: ReturnType<typeof transitionsOf>[number]['transition']): boolean =>
  condition === undefined && !isDefault && on === undefined && loop === undefined;

/** Leads a plain edge through a step that does nothing. */
const splitEdges = (subject: Subject): readonly { readonly make: () => Json }[] =>
  transitionsOf(subject)
    .filter(({ transition }) => {
      const router = subject.definition.steps.find(({ id }) => id === transition.from)?.router ?? 'all_matches';
      return isPlain(transition) && router === 'all_matches';
    })
    .map(({ transition, path }) => ({
      make: () => {
        const between: Json = { id: 'in_between', uses: 'core.noop' };
        const first = withValue(withAppended(subject.document, ['steps'], between), [...path, 'to'], 'in_between');
        return withAppended(first, transitionsPath, { from: 'in_between', to: transition.to });
      },
    }));

const STEP_DEFAULTS: JsonObject = { join: 'all', router: 'all_matches', on_error: 'fail', exhaustive: false };

const isoOf = (durationMs: number): string => `PT${durationMs / 1_000}S`;

/** Other ways to say the same in the language. */
export const WRITING_OPERATORS: readonly NeutralOperator[] = [
  {
    name: 'steps-in-another-order',
    mutate: ({ document, definition }) =>
      [1, 2, 3].map((seed) => ({
        make: () => withValue(document, ['steps'], reordered(definition.steps as unknown as Json[], seed)),
      })),
  },
  {
    name: 'transitions-in-another-order',
    mutate: (subject) => [1, 2, 3].map((seed) => ({ make: () => transitionsReordered(subject, seed) })),
  },
  {
    name: 'step-renamed-everywhere',
    mutate: (subject) =>
      stepsOf(subject).flatMap(({ step: { id } }) =>
        [`${id}_new`, `Step_${id}`].map((name) => ({ make: () => renamedEverywhere(subject, { id, name }) })),
      ),
  },
  {
    name: 'parameter-renamed-everywhere',
    mutate: (subject) =>
      parameterNamesOf(subject).map((name) => ({
        make: () =>
          placesBelow(subject.document).reduce(
            (changed, { path, value }) => {
              const isName = value === name && (path.at(-1) === 'name' || path[1] === 'required');
              const renamed =
                typeof value !== 'string'
                  ? value
                  : isName
                    ? `my_${name}`
                    : value.replaceAll(new RegExp(`\\bparameters\\.${name}\\b`, 'g'), `parameters.my_${name}`);
              return renamed === value ? changed : withValue(changed, path, renamed);
            },
            withRenamedKey(subject.document, ['parameters', 'properties', name], `my_${name}`),
          ),
      })),
  },
  writing('described', (subject) => [
    { path: ['description'], value: 'What it is for.' },
    { path: ['version'], value: '4.5.6' },
    { path: ['$schema'], value: 'https://ia-modules.dev/pipeline.schema.json' },
    ...stepsOf(subject).flatMap(({ path }) => [
      { path: [...path, 'name'], value: 'A name' },
      { path: [...path, 'description'], value: 'What {{ it }} does.' },
    ]),
  ]),
  { name: 'edge-split-by-a-noop', mutate: splitEdges },
  writing('durations-in-iso', (subject) =>
    durationsOf(subject).map(({ path, value }) => ({ path, value: isoOf(parseDuration(value) ?? 1_000) })),
  ),
  writing('durations-in-milliseconds', (subject) =>
    durationsOf(subject).map(({ path, value }) => ({ path, value: `${parseDuration(value) ?? 1_000}ms` })),
  ),
  writing('conditions-as-objects', (subject) =>
    conditionTextsOf(subject).flatMap(({ path, value }) => {
      const object = toObject(value);
      return object === undefined ? [] : [{ path, value: object }];
    }),
  ),
  writing('conditions-as-cel', (subject) =>
    topConditionsOf(subject).flatMap(({ path, value }) => {
      const source = toCel(value);
      return source === undefined ? [] : [{ path, value: source }];
    }),
  ),
  writing('conditions-within-all', (subject) =>
    topConditionsOf(subject)
      .filter(({ value }) => value['type'] !== 'default')
      .flatMap(({ path, value }) => [
        { path, value: { type: 'all', conditions: [value] } },
        { path, value: { type: 'not', condition: { type: 'not', condition: value } } },
      ])
      .slice(0, 6),
  ),
  writing('defaults-as-conditions', (subject) =>
    transitionsOf(subject).flatMap(({ transition, path }) => {
      if (!transition.default) return [];
      const { default: _, ...rest } = transition;
      return [{ path, value: { ...rest, condition: { type: 'default' } } as unknown as Json }];
    }),
  ),
  writing('plain-edges-as-always', (subject) =>
    transitionsOf(subject)
      .filter(({ transition }) => isPlain(transition))
      .map(({ path }) => ({ path: [...path, 'condition'], value: { type: 'always' } })),
  ),
  writing('success-said', (subject) =>
    transitionsOf(subject)
      .filter(({ transition }) => transition.on === undefined)
      .map(({ path }) => ({ path: [...path, 'on'], value: 'success' })),
  ),
  writing('defaults-said', (subject) =>
    stepsOf(subject).map(({ path, step }) => ({
      path,
      value: { ...STEP_DEFAULTS, ...(step as unknown as JsonObject) },
    })),
  ),
  writing('cel-in-parentheses', (subject) =>
    expressionPlacesOf(subject).map(({ path, source, wrap }) => ({ path, value: wrap(`(${source})`) })),
  ),
  writing('cel-with-other-quotes', (subject) =>
    [...templatesOf(subject), ...expressionsOf(subject)]
      .filter(({ value }) => !value.includes('"'))
      .map(({ path, value }) => ({ path, value: value.replaceAll("'", '"') })),
  ),
  writing('cel-with-brackets', (subject) =>
    [...templatesOf(subject), ...expressionsOf(subject)].map(({ path, value }) => ({
      path,
      value: value.replaceAll(/\b(parameters|steps)\.([A-Za-z_]\w*)/g, (whole, root: string, name: string) =>
        value.includes(`has(${whole})`) ? whole : `${root}["${name}"]`,
      ),
    })),
  ),
  writing('templates-without-spaces', (subject) =>
    templatesOf(subject).map(({ path, value }) => ({
      path,
      value: value.replaceAll(/\{\{\s*/g, '{{').replaceAll(/\s*\}\}/g, '}}'),
    })),
  ),
  {
    name: 'starts-said',
    mutate: (subject) => {
      const { start_at: startAt, transitions = [] } = subject.definition.flow ?? {};
      if (subject.definition.flow === undefined) return [];
      if (typeof startAt === 'string')
        return [{ make: () => withValue(subject.document, ['flow', 'start_at'], [startAt]) }];
      const targets = new Set(transitions.filter(({ loop }) => loop === undefined).map(({ to }) => to));
      const starts = subject.definition.steps.map(({ id }) => id).filter((id) => !targets.has(id));
      return [{ make: () => withValue(subject.document, ['flow', 'start_at'], startAt ?? starts) }];
    },
  },
  {
    name: 'one-more-step-at-the-end',
    mutate: (subject) => {
      const sources = new Set(transitionsOf(subject).map(({ transition }) => transition.from));
      return stepsOf(subject)
        .filter(({ step }) => !sources.has(step.id) && step.uses !== 'core.end' && step.uses !== 'core.fail')
        .map(({ step }) => ({
          make: () =>
            withAppended(
              withAppended(subject.document, ['steps'], { id: 'at_the_end', uses: 'core.noop' }),
              transitionsPath,
              { from: step.id, to: 'at_the_end' },
            ),
        }));
    },
  },
  {
    name: 'output-left-out',
    mutate: (subject) =>
      Object.entries(subject.definition.outputs ?? {})
        // An output may be all that reads a parameter.
        .filter(([, value]) => !callsItself(subject) && !JSON.stringify(value).includes('parameters'))
        .map(([key]) => ({ make: () => without(subject.document, ['outputs', key]) })),
  },
  writing('one-more-output', (subject) => {
    const outputs = subject.definition.outputs ?? {};
    const states = stepsOf(subject).map(({ step }) => `{{ steps.${step.id}.status }}`);
    return ['{{ run.id }}', ...states].map((value) => ({ path: ['outputs'], value: { ...outputs, one_more: value } }));
  }),
];
