import type { JsonObject } from '@ia-modules/plugin-sdk';
import { CORE_STEPS } from '../validation/core-steps.ts';
import { compileJsonSchema } from '../validation/json-schema-validator.ts';
import { textsIn } from './texts-in.ts';

/** Says what an approval lacks whose input came from templates; undefined when it is fine. */
export const approvalProblem = (input: JsonObject): string | undefined => {
  const contract = CORE_STEPS.find('human.approval')?.input;
  const [violation] = contract === undefined ? [] : compileJsonSchema(contract).apply(input);
  if (violation !== undefined) return `${violation.path.join('.') || 'an input'} that fits: it ${violation.message}`;
  if (!isForm(input['form'])) return 'a form that is a JSON Schema';
  return canReachQuorum(input) ? undefined : 'more assignees, or a lower quorum';
};

const isForm = (form: unknown): boolean => {
  try {
    if (form !== undefined) compileJsonSchema(form as JsonObject);
    return true;
  } catch {
    return false;
  }
};

/** How many a role stands for is not known, nor who may come when nobody is named. */
const canReachQuorum = ({ assignees, escalation, quorum }: JsonObject): boolean => {
  if (assignees === undefined) return true;
  const levels = Array.isArray(escalation) ? (escalation as readonly JsonObject[]) : [];
  const people = [assignees, ...levels.map(({ to }) => to)].flatMap(textsIn);
  if (people.some((person) => person.startsWith('role:'))) return true;
  return new Set(people.map((person) => person.replace(/^user:/, ''))).size >= Number(quorum ?? 1);
};
