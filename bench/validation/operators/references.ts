import { resolveUses } from '@ia-modules/engine';
import { catalog } from '../catalog.ts';
import { asText, type Path, valueAt } from '../document.ts';
import {
  expressionPlacesOf,
  inputTemplatesOf,
  objectConditionsOf,
  templatesOf,
  transitionsOf,
  expressionsOf,
} from '../language-places.ts';
import { misspell } from '../misspell.ts';
import { type Mutation, type Operator, replace, type Subject } from '../mutation.ts';
import { createStepGraph } from '../step-graph.ts';

/** Texts that hold expressions, whole or in part. */
const textsOf = (subject: Subject) => [...templatesOf(subject), ...expressionsOf(subject)];

const replaceIn = (
  subject: Subject,
  find: RegExp,
  into: (match: string, name: string) => string | undefined,
): Mutation[] =>
  textsOf(subject).flatMap(({ path, value }) =>
    [...value.matchAll(find)].flatMap((match) => {
      const changed = into(match[0], match[1] ?? '');
      if (changed === undefined) return [];
      return [
        replace(subject, {
          path,
          value: value.slice(0, match.index) + changed + value.slice(match.index + match[0].length),
        }),
      ];
    }),
  );

/** Puts a read of a step that can't have run into every input. */
const readFrom = (subject: Subject, choose: (id: string) => Iterable<string>): Mutation[] =>
  inputTemplatesOf(subject)
    .filter(({ path }) => path.includes('with'))
    .flatMap(({ path, step }) =>
      [...choose(step.step.id)].map((id) => replace(subject, { path, value: `{{ steps.${id}.output }}` })),
    );

const idsOf = ({ definition }: Subject): string[] => definition.steps.map(({ id }) => id);

const schemaOf = (subject: Subject, id: string) => {
  const step = subject.definition.steps.find((candidate) => candidate.id === id);
  const isReshaped = step?.transform !== undefined || step?.for_each !== undefined || step?.fallback !== undefined;
  return step === undefined || isReshaped
    ? undefined
    : catalog.find(resolveUses(step.uses, subject.definition.plugins))?.output;
};

/** Asking for what can't be there is answered, not refused. */
const asksExistence = (subject: Subject, path: Path): boolean =>
  path.at(-1) === 'source' && asText(valueAt(subject.document, [...path.slice(0, -1), 'operator'])).endsWith('exists');

const misspeltField = (subject: Subject): Mutation[] =>
  textsOf(subject).flatMap(({ path, value }) =>
    [...value.matchAll(/steps\.([A-Za-z_]\w*)\.output\.([A-Za-z_]\w*)/g)].flatMap((match) => {
      const [whole, id = '', field = ''] = match;
      const schema = schemaOf(subject, id);
      const isKnown =
        schema?.['additionalProperties'] === false && valueAt(schema, ['properties', field]) !== undefined;
      if (!isKnown || asksExistence(subject, path)) return [];
      const start = match.index + whole.length - field.length;
      return [
        replace(subject, { path, value: value.slice(0, start) + misspell(field) + value.slice(start + field.length) }),
      ];
    }),
  );

/** Whether a run may go on without a step: it, or one before it, is only led to by choices, or may fail while the run goes on. */
const isBehindChoice = (subject: Subject, id: string): boolean => {
  const { steps, flow } = subject.definition;
  const transitions = (flow?.transitions ?? []).filter(({ loop }) => loop === undefined);
  const before = createStepGraph(subject, { withLoops: false }).before(id);
  const isChoice = ({ from, condition, default: isDefault, on }: (typeof transitions)[number]): boolean => {
    const router = steps.find((step) => step.id === from)?.router ?? 'all_matches';
    return condition !== undefined || isDefault === true || on === 'error' || router !== 'all_matches';
  };
  return steps.some((step) => {
    const incoming = transitions.filter(({ to }) => to === step.id);
    const isChosen = incoming.length > 0 && incoming.every(isChoice);
    const hasErrorWay = transitions.some(({ from, on }) => from === step.id && on === 'error');
    return step.id === id ? isChosen : before.has(step.id) && (isChosen || hasErrorWay);
  });
};

const OUTSIDE = ['item', 'index', 'item.name', 'item_path[0]', 'index_path[0]'];

export const REFERENCE_OPERATORS: readonly Operator[] = [
  {
    name: 'misspelt-parameter',
    mutate: (subject) => replaceIn(subject, /parameters\.(\w+)/g, (_, name) => `parameters.${misspell(name)}`),
  },
  { name: 'misspelt-step', mutate: (subject) => replaceIn(subject, /steps\.(\w+)/g, (_, name) => `steps.${name}_`) },
  {
    name: 'misspelt-step-field',
    mutate: (subject) =>
      replaceIn(subject, /(?<=steps\.\w+\.)(output|status|error|attempts)/g, (_, name) => misspell(name)),
  },
  {
    name: 'field-of-the-output-read-from-the-step',
    mutate: (subject) =>
      replaceIn(
        subject,
        /(?<=steps\.\w+)\.output\.(\w+)\b(?!\()/g,
        (_, name) => `.${name === 'status' || name === 'error' ? 'value' : name}`,
      ),
  },
  { name: 'misspelt-output-field', mutate: misspeltField },
  {
    name: 'field-that-a-parameter-has-not',
    mutate: (subject) => replaceIn(subject, /(?<=parameters\.limits\.)(\w+)/g, (_, name) => misspell(name)),
  },
  {
    name: 'names-of-other-tools',
    mutate: (subject) => [
      ...replaceIn(subject, /\bparameters(?=\.)/g, () => 'inputs'),
      ...replaceIn(subject, /\bparameters(?=\.)/g, () => 'params'),
      ...replaceIn(subject, /\bsteps(?=\.)/g, () => 'step'),
      ...replaceIn(subject, /\bsteps(?=\.)/g, () => 'nodes'),
      ...replaceIn(subject, /(?<=steps\.\w+\.)output\b/g, () => 'outputs'),
      ...replaceIn(subject, /(?<=steps\.\w+\.)output\b/g, () => 'result'),
    ],
  },
  {
    name: 'undeclared-parameter-in-a-condition',
    mutate: (subject) =>
      objectConditionsOf(subject)
        .filter(({ value }) => value['type'] === 'parameter')
        .map(({ path, value }) =>
          replace(subject, { path: [...path, 'name'], value: misspell(asText(value['name'])) }),
        ),
  },
  {
    name: 'read-of-a-later-step',
    mutate: (subject) => {
      const all = createStepGraph(subject, { withLoops: true });
      return readFrom(subject, (id) =>
        [...all.after(id)].filter((other) => !all.before(id).has(other) && other !== id),
      );
    },
  },
  {
    name: 'read-of-a-step-beside',
    mutate: (subject) => {
      const all = createStepGraph(subject, { withLoops: true });
      return readFrom(subject, (id) =>
        idsOf(subject).filter((other) => other !== id && !all.before(id).has(other) && !all.after(id).has(other)),
      );
    },
  },
  {
    name: 'condition-on-a-later-step',
    mutate: (subject) => {
      const all = createStepGraph(subject, { withLoops: true });
      return transitionsOf(subject).flatMap(({ transition: { from, default: isDefault }, path }) =>
        [...all.after(from)]
          .filter((id) => id !== from && !all.before(from).has(id) && isDefault !== true)
          .map((id) => replace(subject, { path: [...path, 'condition'], value: `steps.${id}.output.ok == true` })),
      );
    },
  },
  {
    name: 'read-of-the-step-itself',
    mutate: (subject) => {
      const all = createStepGraph(subject, { withLoops: true });
      return readFrom(subject, (id) => (all.before(id).has(id) ? [] : [id]));
    },
  },
  {
    name: 'read-of-the-last-round-without-a-guard',
    severity: 'warning',
    mutate: (subject) => {
      const forward = createStepGraph(subject, { withLoops: false });
      const all = createStepGraph(subject, { withLoops: true });
      return readFrom(subject, (id) =>
        [...all.before(id)].filter((other) => other !== id && !forward.before(id).has(other)),
      );
    },
  },
  {
    name: 'read-without-a-guard',
    severity: 'warning',
    mutate: (subject) =>
      expressionPlacesOf(subject).flatMap(({ path, source, wrap }) => {
        const [, id = '', read = ''] = /^has\(steps\.(\w+)\.output\) \? ((?:(?! : ).)+) : /.exec(source) ?? [];
        return isBehindChoice(subject, id) ? [replace(subject, { path, value: wrap(read) })] : [];
      }),
  },
  {
    name: 'item-outside-of-a-map',
    mutate: (subject) => [
      ...inputTemplatesOf(subject)
        .filter(({ step }) => step.step.for_each === undefined)
        .flatMap(({ path }) => OUTSIDE.map((source) => replace(subject, { path, value: `{{ ${source} }}` }))),
      ...conditionOutside(subject),
    ],
  },
];

const conditionOutside = (subject: Subject): Mutation[] =>
  expressionsOf(subject)
    .filter(({ path }): boolean => path.at(-1) === 'condition')
    .map(({ path }: { readonly path: Path }) => replace(subject, { path, value: 'index == 0' }));
