import type { JsonObject } from '@ia-modules/plugin-sdk';
import type { Path } from '../definition/diagnostic.ts';
import { parseDuration } from '../definition/duration.ts';
import { isJsonObject } from '../definition/is-json-object.ts';
import type { StepDefinition } from '../definition/schema.ts';
import { didYouMean } from '../definition/suggest.ts';
import { parseTime } from '../definition/time.ts';
import { checkDelay, checkDuration } from './check-durations.ts';
import { isTemplate } from './check-input.ts';
import { findSchemaProblems } from './find-schema-problems.ts';
import { findKeywordTypos } from './schema-keywords.ts';
import type { PipelineCheck } from './pipeline-check.ts';

/** Checks what the built-in steps are told beyond the shape of their input, as far as it is known before the run. */
export const checkCoreInput = (check: PipelineCheck, step: StepDefinition, path: Path): void => {
  const input = step.with ?? {};
  const inputPath = [...path, 'with'];
  if (step.uses === 'core.wait') checkWait(check, input, inputPath);
  if (step.uses === 'human.approval') checkApproval(check, input, inputPath);
};

const isTime = (text: string): boolean => parseTime(text) !== undefined;

const checkWait = ({ diagnostics }: PipelineCheck, { duration, until }: JsonObject, path: Path): void => {
  if (typeof duration === 'string' && !isTemplate(duration)) checkDelay(duration, [...path, 'duration'], diagnostics);
  if (typeof until !== 'string' || isTemplate(until) || isTime(until)) return;
  diagnostics.add({
    code: 'IA_PIPELINE_WITH',
    path: [...path, 'until'],
    message: `'${until}' is no time.`,
    hint: 'Write it in ISO 8601: 2026-12-24T18:00:00Z.',
  });
};

const checkApproval = (check: PipelineCheck, input: JsonObject, path: Path): void => {
  checkForm(check, input['form'], [...path, 'form']);
  checkAssignees(check, input, path);
  checkDeadline(check, input, path);
};

const checkForm = ({ diagnostics }: PipelineCheck, form: unknown, path: Path): void => {
  if (!isJsonObject(form)) return;
  if (form['type'] !== undefined && form['type'] !== 'object') {
    diagnostics.add({
      code: 'IA_PIPELINE_APPROVAL',
      path: [...path, 'type'],
      message: 'A form is an object: \'type\' must be "object".',
    });
    return;
  }
  for (const { path: at, key, meant } of findKeywordTypos(form)) {
    diagnostics.add({
      code: 'IA_PIPELINE_APPROVAL',
      severity: 'warning',
      path: [...path, ...at],
      message: `JSON Schema has no keyword '${key}', so that it has no effect.`,
      hint: `Did you mean '${meant}'?`,
    });
  }
  for (const problem of findSchemaProblems(form)) {
    diagnostics.add({
      code: 'IA_PIPELINE_APPROVAL',
      path: [...path, ...problem.path],
      message: `The form is no valid JSON Schema: ${problem.message}.`,
      hint: problem.hint,
    });
  }
};

const PREFIXES = ['user', 'role'];

const checkAssignees = ({ diagnostics }: PipelineCheck, input: JsonObject, path: Path): void => {
  const { quorum } = input;
  const named = namedAssignees(input);
  for (const { text, at } of named) {
    const prefix = /^([^:@]*):/.exec(text)?.[1];
    const isEmpty = prefix !== undefined && text.length === prefix.length + 1;
    if (prefix === undefined || (PREFIXES.includes(prefix) && !isEmpty)) continue;
    diagnostics.add({
      code: 'IA_PIPELINE_APPROVAL',
      path: [...path, ...at],
      message: `'${text}' names nobody.`,
      hint: didYouMean(prefix, PREFIXES) ?? 'Write user:<id>, role:<name>, or an id or e-mail address alone.',
    });
  }
  const people = new Set(named.map(({ text }) => text.replace(/^user:/, '')));
  const isOpen =
    input['assignees'] === undefined || named.some(({ text }) => text.startsWith('role:') || isTemplate(text));
  if (isOpen || typeof quorum !== 'number' || quorum <= people.size) return;
  diagnostics.add({
    code: 'IA_PIPELINE_APPROVAL',
    path: [...path, 'quorum'],
    message: `${quorum} people must agree, and ${people.size} may.`,
    hint: 'Add assignees, name a role, or lower the quorum.',
  });
};

type Assignee = { readonly text: string; readonly at: Path };

/** Those who may decide, from the beginning or once the approval is escalated. A template counts as a name of its own. */
const namedAssignees = ({ assignees, escalation }: JsonObject): Assignee[] => {
  const read = (list: unknown, at: Path): Assignee[] => {
    if (typeof list === 'string' && isTemplate(list)) return [{ text: list, at }];
    if (!Array.isArray(list)) return [];
    return list.flatMap((text: unknown, index) => (typeof text === 'string' ? [{ text, at: [...at, index] }] : []));
  };
  const levels: readonly unknown[] = Array.isArray(escalation) ? escalation : [];
  return [
    ...read(assignees, ['assignees']),
    ...levels.flatMap((level, index) => (isJsonObject(level) ? read(level['to'], ['escalation', index, 'to']) : [])),
  ];
};

const checkDeadline = ({ diagnostics }: PipelineCheck, input: JsonObject, path: Path): void => {
  const { deadline, escalation } = input;
  if (input['on_deadline'] !== undefined && deadline === undefined) {
    diagnostics.add({
      code: 'IA_PIPELINE_APPROVAL',
      severity: 'warning',
      path: [...path, 'on_deadline'],
      message: 'There is no deadline, so that this never takes effect.',
      hint: 'Give a deadline.',
    });
  }
  if (typeof deadline !== 'string' || isTemplate(deadline)) return;
  if (!isTime(deadline)) checkDuration(deadline, [...path, 'deadline'], diagnostics);
  const deadlineMs = parseDuration(deadline);
  if (deadlineMs === undefined || !Array.isArray(escalation)) return;
  for (const [index, level] of escalation.entries()) {
    const after: unknown = isJsonObject(level) ? level['after'] : undefined;
    const afterMs = typeof after === 'string' ? parseDuration(after) : undefined;
    if (afterMs === undefined || afterMs < deadlineMs) continue;
    diagnostics.add({
      code: 'IA_PIPELINE_APPROVAL',
      path: [...path, 'escalation', index, 'after'],
      message: `The approval has ended by then: its deadline is ${deadline}.`,
      hint: 'Escalate before the deadline.',
    });
  }
};
