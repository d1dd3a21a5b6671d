import type { DebugCommand, Json, JsonObject, RunCommand } from '@ia-modules/engine';
import { validate as isUuid } from 'uuid';
import type { InboxCommandKind, InboxPayload } from './inbox-command.ts';
import type { StoredCommand } from './inbox-store.ts';

type Given = Readonly<Record<string, Json | undefined>>;
type Translate = {
  readonly [K in Exclude<InboxCommandKind, 'child_ended'>]: (payload: Given, by: string) => RunCommand | undefined;
};

const TRANSLATE: Translate = {
  cancel: ({ reason }, by) => ({ kind: 'cancel_requested', reason: isText(reason) ? reason : null, by }),
  pause: (_payload, by) => ({ kind: 'pause_requested', by }),
  resume: (_payload, by) => ({ kind: 'resume_requested', by }),
  raise_budget: ({ maxCostUsd, maxDurationMs }, by) =>
    isLimit(maxCostUsd) && isLimit(maxDurationMs)
      ? { kind: 'budget_raised', ...defined({ maxCostUsd, maxDurationMs }), by }
      : undefined,
  signal: ({ name, payload = null, delivery }) =>
    isText(name) && isTextOrNone(delivery)
      ? { kind: 'signal_received', name, payload, ...defined({ delivery }) }
      : undefined,
  decide_approval: ({ key, decision, by, roles, email, values, comment }) => {
    const isVote = isText(key) && (decision === 'approve' || decision === 'reject') && isText(by) && isTexts(roles);
    const isComplete = isTextOrNone(email) && isTextOrNone(comment) && (values === undefined || isObject(values));
    if (!isVote || !isComplete) return undefined;
    return { kind: 'approval_decided', key, decision, by, roles, ...defined({ email, values, comment }) };
  },
  decide_effect: ({ key, decision, output }, by) =>
    isText(key) && (decision === 'repeat' || decision === 'confirm' || decision === 'fail')
      ? { kind: 'effect_decided', key, decision, ...defined({ output }), by }
      : undefined,
  debug: ({ command }) => {
    const known = isObject(command) ? toDebugCommand(command) : undefined;
    return known === undefined ? undefined : { kind: 'debug_command', command: known };
  },
};

/** What a run is told by a command of its inbox; undefined for one that says nothing which can be understood here. */
export const toRunCommand = ({ kind, payload, requestedBy }: StoredCommand): RunCommand | undefined =>
  isKnown(kind) && isObject(payload) ? TRANSLATE[kind](payload, requestedBy) : undefined;

/** The sub-pipeline that has ended, by the command that says so. */
export const toEndedChild = ({ kind, payload }: StoredCommand): InboxPayload['child_ended'] | undefined => {
  if (kind !== 'child_ended' || !isObject(payload)) return undefined;
  const { key, runId } = payload;
  return isText(key) && isText(runId) && isUuid(runId) ? { key, runId } : undefined;
};

const toDebugCommand = ({ kind, steps, transitions, path, value, stepId, result }: Given): DebugCommand | undefined => {
  switch (kind) {
    case 'set_breakpoints':
      return isTexts(steps) && isTexts(transitions) ? { kind, steps, transitions } : undefined;
    case 'continue':
    case 'step_over':
      return { kind };
    case 'set_variable':
      return isText(path) && value !== undefined ? { kind, path, value } : undefined;
    case 'mock':
      return isText(stepId) && isMock(result) ? { kind, stepId, result } : undefined;
    default:
      return undefined;
  }
};

type Mock = Extract<DebugCommand, { kind: 'mock' }>['result'];

const isMock = (result: Json | undefined): result is Json & Mock => {
  if (result === null) return true;
  if (!isObject(result)) return false;
  const { output, error } = result;
  return output !== undefined || (isObject(error) && isText(error['code']) && isText(error['message']));
};

const isKnown = (kind: string): kind is keyof Translate => Object.hasOwn(TRANSLATE, kind);

const isText = (value: Json | undefined): value is string => typeof value === 'string';
const isTextOrNone = (value: Json | undefined): value is string | undefined => value === undefined || isText(value);
const isTexts = (value: Json | undefined): value is string[] => Array.isArray(value) && value.every(isText);
const isLimit = (value: Json | undefined): value is number | undefined =>
  value === undefined || (typeof value === 'number' && value >= 0);
const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Without what is not given. */
const defined = <T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
