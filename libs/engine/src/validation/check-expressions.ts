import { type Json, PlatformError } from '@ia-modules/plugin-sdk';
import type { Path } from '../definition/diagnostic.ts';
import { forEachLevels } from '../definition/for-each-levels.ts';
import type { StepDefinition } from '../definition/schema.ts';
import { compileExpression } from '../expression/expression.ts';
import { compileTemplate } from '../expression/template.ts';
import { readCondition } from './check-conditions.ts';
import { checkConstants } from './check-constants.ts';
import { checkParameterUse } from './check-parameter-use.ts';
import { checkPatterns } from './check-patterns.ts';
import { checkReferences } from './check-references.ts';
import { checkSecrets } from './check-secrets.ts';
import { checkExpressionTypes } from './check-types.ts';
import type { ExpressionPlace, Reading, Readings } from './expression-place.ts';
import type { PipelineCheck } from './pipeline-check.ts';
import { reportUnreadable } from './report-unreadable.ts';

/** Checks every expression: that it compiles, that what it reads exists where it stands, that types can fit. */
export const checkExpressions = (check: PipelineCheck): void => {
  const readings: Readings = { list: [], hasUnreadable: false };
  for (const [index, step] of check.definition.steps.entries()) readStep({ check, readings, index, step });
  for (const index of (check.definition.flow?.transitions ?? []).keys()) readCondition({ check, readings, index });
  readEnds(check, readings);
  const sound = checkReferences(check, readings.list);
  checkExpressionTypes(check, sound);
  checkConstants(check, readings.list);
  checkPatterns(check, readings.list);
  checkParameterUse(check, readings);
};

type StepReading = {
  readonly check: PipelineCheck;
  readonly readings: Readings;
  readonly index: number;
  readonly step: StepDefinition;
};

const readStep = ({ check, readings, index, step }: StepReading): void => {
  const path: Path = ['steps', index];
  const before = { step: index, own: 'hidden', hasItem: step.for_each !== undefined, warnsMissing: true } as const;
  const read = (
    value: Json | readonly Json[] | undefined,
    at: Path,
    place: ExpressionPlace,
    allowsSecrets = false,
  ): void => {
    if (value !== undefined) readTemplate(check, { value, path: [...path, ...at], place, allowsSecrets, readings });
  };
  const type = check.types[index];
  for (const { level, path: at } of step.for_each ? forEachLevels(step.for_each, ['for_each']) : []) {
    // The items of an item may be read from it; the outermost can't.
    read(level.items, [...at, 'items'], { ...before, hasItem: level !== step.for_each });
  }
  // A transform of the input could carry a secret anywhere.
  const isTransformed = step.transform?.some(({ at }) => at === 'input') === true;
  const canHoldSecrets = type?.isCore !== true && type?.parsed?.kind !== 'pipeline' && !isTransformed;
  read(step.with, ['with'], before, canHoldSecrets);
  for (const key of ['transform', 'validate'] as const) {
    for (const [place, stage] of (step[key] ?? []).entries()) read(stage.with, [key, place, 'with'], before, true);
  }
  read(step.cache?.key, ['cache', 'key'], before);
  read(step.concurrency?.key, ['concurrency', 'key'], before);
  const isPlugin = !/^(?:core\.|pipeline:)/.test(step.compensate?.uses ?? '');
  read(step.compensate?.with, ['compensate', 'with'], { ...before, own: 'there' }, isPlugin);
  if (step.adaptive === undefined) return;
  const { reward, context } = step.adaptive;
  const after = { step: null, own: 'there', hasItem: false, warnsMissing: false } as const;
  readText({ check, readings, source: reward, path: [...path, 'adaptive', 'reward'], place: after });
  if (context === undefined) return;
  const deciding = { ...before, own: 'there', hasItem: false } as const;
  readText({ check, readings, source: context, path: [...path, 'adaptive', 'context'], place: deciding });
};

const readEnds = (check: PipelineCheck, readings: Readings): void => {
  const { outputs, hooks = [], reporters = [], exporters = [] } = check.definition;
  const end = { step: null, own: 'there', hasItem: false, warnsMissing: true } as const;
  const noted = { ...end, warnsMissing: false };
  for (const [index, hook] of hooks.entries()) {
    if (hook.with === undefined) continue;
    const path: Path = ['hooks', index, 'with'];
    readTemplate(check, { value: hook.with, path, place: noted, allowsSecrets: true, readings });
  }
  for (const [key, feeds] of Object.entries({ reporters, exporters })) {
    for (const [index, feed] of feeds.entries()) {
      if (feed.with === undefined) continue;
      const path: Path = [key, index, 'with'];
      readFeed(check, { value: feed.with, path, place: noted, allowsSecrets: true, readings });
    }
  }
  if (outputs === undefined) return;
  readTemplate(check, { value: outputs, path: ['outputs'], place: end, allowsSecrets: false, readings });
};

/** What gets events and measurements of all the run is set up once, before there are any values. */
const readFeed = (check: PipelineCheck, reading: TemplateReading): void => {
  const { expressions } = compileTemplate(reading.value, {
    path: reading.path,
    allowsSecrets: true,
    onProblem: () => undefined,
  });
  for (const { path } of expressions) {
    check.diagnostics.add({
      code: 'IA_EXPRESSION_INVALID',
      path,
      message: 'What a reporter or an exporter is given is the same in every run: it holds no expressions.',
      hint: 'Only {{ secrets.NAME }} may stand here.',
    });
  }
  if (expressions.length === 0) readTemplate(check, reading);
};

type TemplateReading = {
  readonly value: Json;
  readonly path: Path;
  readonly place: ExpressionPlace;
  readonly allowsSecrets: boolean;
  readonly readings: Readings;
};

const readTemplate = (check: PipelineCheck, { value, path, place, allowsSecrets, readings }: TemplateReading): void => {
  const template = compileTemplate(value, {
    path,
    allowsSecrets,
    onProblem: (problem) => reportUnreadable(check, { ...problem, readings }),
  });
  for (const { expression, path: at } of template.expressions) readings.list.push({ expression, path: at, place });
  if (template.secretNames.length > 0) checkSecrets(check, value, path);
};

type TextReading = Omit<Reading, 'expression'> & {
  readonly check: PipelineCheck;
  readonly readings: Readings;
  readonly source: string;
};

const readText = ({ check, readings, source, path, place }: TextReading): void => {
  try {
    readings.list.push({ expression: compileExpression(source), path, place });
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    reportUnreadable(check, { error, path, readings });
  }
};
