import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Diagnostic, type PipelineDefinition, validatePipeline } from '@ia-modules/engine';
import type { Json } from '@ia-modules/plugin-sdk';
import { catalog } from './catalog.ts';
import { formatPath } from './document.ts';
import type { Mutation, Operator, Subject } from './mutation.ts';

const readPipeline = (file: string): PipelineDefinition | undefined =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as PipelineDefinition) : undefined;

/** The pipelines that others run as parts, and one that runs its caller again. */
const findPipeline = (subject: Subject, name: string, range: string): PipelineDefinition | undefined => {
  if (name.startsWith('.')) return readPipeline(path.resolve(subject.folder, name));
  const parts: Readonly<Record<string, PipelineDefinition>> = {
    'send-mail': {
      name: 'send-mail',
      version: '2.3.0',
      parameters: { type: 'object', properties: { to: { type: 'string' }, subject: { type: 'string' } } },
      steps: [
        { id: 'send', uses: 'core.noop', with: { to: '{{ parameters.to }}', subject: '{{ parameters.subject }}' } },
      ],
    },
    [subject.definition.name]: subject.definition,
    [`calls-${subject.definition.name}`]: {
      name: `calls-${subject.definition.name}`,
      steps: [{ id: 'call', uses: `pipeline:${subject.definition.name}` }],
    },
  };
  return ['*', '^2.0.0'].includes(range) ? parts[name] : undefined;
};

type Options = NonNullable<Parameters<typeof validatePipeline>[1]>;

const optionsFor = (subject: Subject, format: Mutation['format'] = 'json'): Options => {
  const pipelines = { find: (name: string, range: string) => findPipeline(subject, name, range) };
  return { catalog, format, pipelines };
};

/** What is wrong, as a person would be told; infos are not counted. */
export const findingsIn = (subject: Subject, source: Json, format?: Mutation['format']): Diagnostic[] => {
  const text = typeof source === 'string' ? source : JSON.stringify(source, null, 2);
  return validatePipeline(text, optionsFor(subject, format)).diagnostics.filter(({ severity }) => severity !== 'info');
};

export type Verdict = {
  readonly isCaught: boolean;
  /** Whether one of the findings stands at a place that the operator expects. */
  readonly isAtPlace: boolean;
  readonly expected: readonly string[];
  /** What came in addition to what the pipeline had before. */
  readonly found: readonly Diagnostic[];
};

const identityOf = (finding: Diagnostic): string => `${finding.code} ${finding.path}`;

const known = new WeakMap<Subject, ReadonlySet<string>>();

const knownIn = (subject: Subject): ReadonlySet<string> => {
  const found = known.get(subject) ?? new Set(findingsIn(subject, subject.document).map(identityOf));
  known.set(subject, found);
  return found;
};

/** Spoils a pipeline and looks whether that is noticed, and where. */
export const judge = (subject: Subject, operator: Operator, mutation: Mutation): Verdict => {
  const before = knownIn(subject);
  const found = findingsIn(subject, mutation.make(), mutation.format).filter(
    (finding) => !before.has(identityOf(finding)),
  );
  const expected = mutation.places.map(formatPath);
  const serious = found.filter(({ severity }) => operator.severity === 'warning' || severity === 'error');
  return {
    isCaught: serious.length > 0,
    isAtPlace: serious.some((finding) => expected.includes(finding.path)),
    expected,
    found,
  };
};
