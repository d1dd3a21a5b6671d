import { PlatformError } from '@ia-modules/plugin-sdk';
import { isDefaultTransition } from '../definition/default-transition.ts';
import type { Path } from '../definition/diagnostic.ts';
import type { ConditionOperator, ObjectCondition, TransitionDefinition } from '../definition/schema.ts';
import { compileCondition } from '../expression/condition.ts';
import { compileTemplate } from '../expression/template.ts';
import { problemOfPattern } from './check-patterns.ts';
import { checkSecrets } from './check-secrets.ts';
import { checkContribution } from './check-uses.ts';
import type { ExpressionPlace, Readings } from './expression-place.ts';
import type { PipelineCheck } from './pipeline-check.ts';
import { reportUnreadable } from './report-unreadable.ts';

type ConditionReading = { readonly check: PipelineCheck; readonly readings: Readings; readonly index: number };

/** Checks the condition of a transition, part by part, and notes what it reads. */
export const readCondition = ({ check, readings, index }: ConditionReading): void => {
  const transition = check.definition.flow?.transitions?.[index];
  if (transition?.condition === undefined || isDefaultTransition(transition)) return;
  const path: Path = ['flow', 'transitions', index, 'condition'];
  const place = placeOf(check, transition);
  const isSound =
    typeof transition.condition === 'string'
      ? readLeaf({ check, readings, condition: transition.condition, path, at: path, place })
      : readParts({ check, readings, condition: transition.condition, path, place });
  if (isSound) warnConstant(check, transition.condition, path);
};

/** Undefined for a transition from nowhere, which has its own finding. */
const placeOf = ({ graph }: PipelineCheck, { from, on }: TransitionDefinition): ExpressionPlace | undefined => {
  const step = graph.indexOf.get(from);
  if (step === undefined) return undefined;
  const mayHaveFailed = on === 'error' || graph.steps[step]?.on_error === 'continue';
  return { step, own: mayHaveFailed ? 'maybe' : 'there', hasItem: false, warnsMissing: true };
};

type Part<T> = {
  readonly check: PipelineCheck;
  readonly readings: Readings;
  readonly condition: T;
  readonly path: Path;
  readonly place: ExpressionPlace | undefined;
};

/** Goes down by a list: every part has a place of its own to report at. */
const readParts = ({ check, readings, condition: root, path: rootPath, place }: Part<ObjectCondition>): boolean => {
  const pending: { readonly condition: ObjectCondition; readonly path: Path }[] = [{ condition: root, path: rootPath }];
  let isSound = true;
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    const { condition, path } = entry;
    const part = { check, readings, condition, path, place };
    if (condition.type === 'all' || condition.type === 'any') {
      for (const [index, inner] of [...condition.conditions.entries()].toReversed()) {
        pending.push({ condition: inner, path: [...path, 'conditions', index] });
      }
    } else if (condition.type === 'not') {
      pending.push({ condition: condition.condition, path: [...path, 'condition'] });
    } else if (condition.type === 'plugin') {
      readPlugin({ ...part, condition });
    } else if (condition.type === 'default') {
      isSound = false;
      check.diagnostics.add({
        code: 'IA_PIPELINE_DEFAULT',
        path,
        message: "'default' says that no other transition is taken: it can not be a part of a condition.",
      });
    } else if (condition.type === 'expression' || condition.type === 'parameter') {
      const at: Path = [...path, condition.type === 'parameter' ? 'name' : 'source'];
      // What can't be compared is reported where it stands; the rest is read nevertheless.
      const fits = checkOperand(check, condition, path);
      const leaf = fits ? condition : { ...condition, operator: 'exists' as const, value: undefined };
      isSound = readLeaf({ ...part, condition: leaf, at }) && fits && isSound;
    }
  }
  return isSound;
};

type Leaf = Part<string | ObjectCondition> & { readonly at: Path };

const readLeaf = ({ check, readings, condition, at, place }: Leaf): boolean => {
  try {
    const { expressions } = compileCondition(condition);
    if (place) for (const expression of expressions) readings.list.push({ expression, path: at, place });
    return true;
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    reportUnreadable(check, { error, path: at, readings });
    return false;
  }
};

const readPlugin = ({
  check,
  readings,
  condition,
  path,
  place,
}: Part<Extract<ObjectCondition, { type: 'plugin' }>>): void => {
  const { plugin: uses, config = {} } = condition;
  const configPath: Path = [...path, 'config'];
  const template = compileTemplate(config, {
    path: configPath,
    allowsSecrets: true,
    onProblem: (problem) => reportUnreadable(check, { ...problem, readings }),
  });
  if (template.secretNames.length > 0) checkSecrets(check, config, configPath);
  for (const { expression, path: at } of template.expressions) {
    if (place) readings.list.push({ expression, path: at, place });
  }
  checkContribution(check, {
    kind: 'condition',
    uses,
    usesPath: [...path, 'plugin'],
    config: { value: config, path: configPath },
  });
};

type Comparison = Extract<ObjectCondition, { type: 'expression' | 'parameter' }>;

const OPERANDS: Readonly<
  Partial<Record<ConditionOperator, { readonly what: string; readonly fits: (value: unknown) => boolean }>>
> = {
  in: { what: 'a list', fits: Array.isArray },
  not_in: { what: 'a list', fits: Array.isArray },
  matches: { what: 'a text', fits: (value) => typeof value === 'string' },
  starts_with: { what: 'a text', fits: (value) => typeof value === 'string' },
  ends_with: { what: 'a text', fits: (value) => typeof value === 'string' },
  ...Object.fromEntries(
    (['greater_than', 'greater_or_equal', 'less_than', 'less_or_equal'] as const).map((operator) => [
      operator,
      {
        what: 'a number or a text',
        fits: (value: unknown) => typeof value === 'number' || typeof value === 'string',
      },
    ]),
  ),
};

/** Checks that what a value is compared with can be compared by that operator. */
const checkOperand = ({ diagnostics }: PipelineCheck, condition: Comparison, path: Path): boolean => {
  const { operator, value } = condition;
  const asksExistence = operator === 'exists' || operator === 'not_exists';
  if (asksExistence && value !== undefined) {
    diagnostics.add({
      code: 'IA_PIPELINE_TYPE',
      path: [...path, 'value'],
      message: `The operator ${operator} looks at no value.`,
      hint: 'Remove it.',
    });
    return false;
  }
  if (operator !== undefined && !asksExistence && value === undefined) {
    diagnostics.add({
      code: 'IA_EXPRESSION_INVALID',
      path: [...path, 'operator'],
      message: `The operator ${operator} needs a value.`,
      hint: 'Give value, or ask with exists.',
    });
    return false;
  }
  const operand = operator === undefined ? undefined : OPERANDS[operator];
  const problem = operator === 'matches' && typeof value === 'string' ? problemOfPattern(value) : undefined;
  if (problem !== undefined) {
    diagnostics.add({ code: 'IA_EXPRESSION_INVALID', path: [...path, 'value'], message: problem });
    return false;
  }
  if (operand === undefined || value === undefined || operand.fits(value)) return true;
  diagnostics.add({
    code: 'IA_PIPELINE_TYPE',
    path: [...path, 'value'],
    message: `The operator ${operator} needs ${operand.what}.`,
  });
  return false;
};

const warnConstant = (check: PipelineCheck, condition: string | ObjectCondition, path: Path): void => {
  if (typeof condition === 'object' && condition.type === 'always') return;
  const { constant } = compileCondition(condition);
  if (constant === undefined) return;
  check.diagnostics.add({
    code: 'IA_PIPELINE_CONSTANT_CONDITION',
    severity: 'warning',
    path,
    message: `This condition is always ${constant}.`,
    hint: constant ? 'Leave it out.' : 'Remove the transition.',
  });
};
