import type { Path } from '../definition/diagnostic.ts';
import { forEachLevels, type ForEachLevel } from '../definition/for-each-levels.ts';
import type { StepDefinition } from '../definition/schema.ts';
import { isTemplate } from './check-input.ts';
import type { PipelineCheck, StepCheck } from './pipeline-check.ts';

type StepKey = keyof StepDefinition;

/** Keys that mean nothing on a built-in step: it is done at once, or waits for something else than an attempt. */
const MEANINGLESS: Readonly<Record<string, readonly StepKey[]>> = {
  'core.noop': ['timeout', 'retry', 'cache', 'concurrency'],
  'core.wait': ['timeout', 'retry', 'cache'],
  'core.end': ['timeout', 'retry', 'cache', 'concurrency', 'transform', 'validate', 'for_each', 'compensate'],
  'core.fail': ['timeout', 'cache', 'concurrency', 'compensate'],
  'human.approval': ['timeout', 'retry', 'cache'],
};

/** A sub-pipeline is a run of its own: `max_duration` limits it, and its own steps have caches. */
const MEANINGLESS_ON_PIPELINES: readonly StepKey[] = ['timeout', 'cache'];

const meaninglessKeys = ({ uses, parsed }: StepCheck['type']): readonly StepKey[] => {
  if (parsed?.kind === 'pipeline') return MEANINGLESS_ON_PIPELINES;
  return Object.hasOwn(MEANINGLESS, uses) ? (MEANINGLESS[uses] ?? []) : [];
};

/** Checks that a step's settings have a meaning on its type and beside each other. */
export const checkStepKeys = (check: PipelineCheck, { step, type, path }: StepCheck): void => {
  for (const key of meaninglessKeys(type)) {
    if (step[key] !== undefined) refuse(check, [...path, key], `'${key}' has no meaning on ${step.uses}.`);
  }
  if (step.on_unknown !== undefined && isWithoutEffect({ step, type, path })) {
    refuse(check, [...path, 'on_unknown'], `'on_unknown' has no meaning on ${step.uses}: nothing of it can get lost.`);
  }
  if (step.max_depth !== undefined && type.parsed?.kind !== 'pipeline') {
    refuse(check, [...path, 'max_depth'], "'max_depth' has a meaning on steps that run a pipeline only.");
  }
  checkRouter(check, step, path);
  if (step.for_each) for (const level of forEachLevels(step.for_each, [...path, 'for_each'])) checkItems(check, level);
};

/** The engine does it itself, or it is a run of its own; what undoes the step may still be an attempt at something outside. */
const isWithoutEffect = ({ step, type }: StepCheck): boolean =>
  step.compensate === undefined && (type.isCore || type.parsed?.kind === 'pipeline');

const refuse = ({ diagnostics }: PipelineCheck, path: Path, message: string): void =>
  diagnostics.add({ code: 'IA_PIPELINE_UNSUPPORTED', path, message, hint: 'Remove it.' });

const checkRouter = ({ diagnostics }: PipelineCheck, step: StepDefinition, path: Path): void => {
  const isAdaptive = step.router === 'adaptive';
  if (isAdaptive === (step.adaptive !== undefined)) return;
  diagnostics.add(
    isAdaptive
      ? {
          code: 'IA_PIPELINE_ROUTER',
          path: [...path, 'router'],
          message: `The adaptive router of '${step.id}' has nothing to learn from.`,
          hint: 'Give adaptive: {reward: …}.',
        }
      : {
          code: 'IA_PIPELINE_ROUTER',
          path: [...path, 'adaptive'],
          message: "'adaptive' has a meaning beside router: adaptive only.",
          hint: 'Write router: "adaptive", or remove it.',
        },
  );
};

/** A text that is no template as a whole is a text, never a list. */
const checkItems = ({ diagnostics }: PipelineCheck, { level, path }: ForEachLevel): void => {
  const { items, at_least: atLeast } = level;
  if (typeof items === 'string' && !(items.startsWith('{{') && items.endsWith('}}'))) {
    diagnostics.add({
      code: 'IA_PIPELINE_ITEMS',
      path: [...path, 'items'],
      message: `'${items}' is a text, not a list.`,
      hint: isTemplate(items)
        ? 'Let the template be the whole text, so that its value stays a list.'
        : 'Write a list, or a template such as {{ steps.fetch.output.rows }}.',
    });
  }
  if (!Array.isArray(items) || atLeast === undefined || atLeast <= items.length) return;
  diagnostics.add({
    code: 'IA_PIPELINE_JOIN',
    path: [...path, 'at_least'],
    message: `${atLeast} items must succeed, and there are ${items.length}.`,
    hint: 'Lower at_least.',
  });
};
