import {
  activityKey,
  type Json,
  type JsonObject,
  type MemoryWaiting,
  type RunCommand,
  type RunEvent,
} from '@ia-modules/engine';
import { UsageError } from '../usage-error.ts';

/** What a command line answers to a run that asks. */
export type Answer =
  | { readonly kind: 'signal'; readonly name: string; readonly payload: Json }
  | {
      readonly kind: 'approve' | 'reject';
      /** A step, or one of its approvals: `review#2/0`. */
      readonly target: string;
      readonly values: JsonObject | undefined;
    }
  | {
      readonly kind: 'repeat' | 'confirm' | 'fail-effect';
      /** A step, one of its activities, or one attempt: `pay#2/0@1`. */
      readonly target: string;
      readonly output: Json | undefined;
    };

/** Reads `name`, or `name=JSON`; a signal's payload that is no JSON is a text. */
export const parseSignal = (text: string): Answer => {
  const [name, value] = splitAtEquals(text);
  return { kind: 'signal', name, payload: value === undefined ? null : (tryParse(value) ?? value) };
};

/**
 * Reads `step`, or `step=JSON` with what is filled into the approval's form.
 * @throws UsageError when the values are no JSON object
 */
export const parseDecision = (kind: 'approve' | 'reject', text: string): Answer => {
  const [target, value] = splitAtEquals(text);
  if (value === undefined) return { kind, target, values: undefined };
  const values = tryParse(value);
  if (typeof values === 'object' && values !== null && !Array.isArray(values)) {
    return { kind, target, values: values as JsonObject };
  }
  throw new UsageError(`--${kind} ${text}: what follows = must be a JSON object such as {"amount": 5}.`);
};

/** Reads `step`, or `step=JSON` with what a confirmed attempt gave; what is no JSON is a text. */
export const parseEffect = (kind: 'repeat' | 'confirm' | 'fail-effect', text: string): Answer => {
  const [target, value] = kind === 'confirm' ? splitAtEquals(text) : [text, undefined];
  return { kind, target, output: value === undefined ? undefined : (tryParse(value) ?? value) };
};

const splitAtEquals = (text: string): readonly [string, string | undefined] => {
  const at = text.indexOf('=');
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
};

const tryParse = (text: string): Json | undefined => {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
};

export type AnswerOptions = {
  readonly answers: readonly Answer[];
  /** Who decides: the first vote of an approval is the first one's, the next one the second's, and so on. */
  readonly people: readonly [string, ...string[]];
  /** To a run, or to one of its sub-pipelines. */
  readonly send: (command: RunCommand, runId: string) => void;
};

export type Answers = {
  /** Answers what the run itself asks for with an event. */
  readonly onEvent: (event: RunEvent) => void;
  /** Answers what is still asked for when nothing goes on, by sub-pipelines too. */
  readonly onStalled: (waiting: readonly MemoryWaiting[]) => void;
  /** What nothing has asked for so far, as it was written. */
  readonly unused: () => readonly string[];
};

type Decision = Extract<Answer, { kind: 'approve' | 'reject' }>;
type EffectAnswer = Extract<Answer, { kind: 'repeat' | 'confirm' | 'fail-effect' }>;

const isDecision = (answer: Answer): answer is Decision => answer.kind === 'approve' || answer.kind === 'reject';
const isEffect = (answer: Answer): answer is EffectAnswer => answer.kind !== 'signal' && !isDecision(answer);

/** An attempt of which somebody has to say what became of it. */
type AskedEffect = Omit<Asked, 'roles'> & { readonly attemptKey: string };

/** Where an answer belongs. */
type Asked = {
  readonly runId: string;
  readonly stepId: string;
  readonly key: string;
  readonly roles: readonly string[];
};

/** Gives each answer once, when it is asked for. The people have every role that an approval asks for. */
export const createAnswers = ({ answers, people, send }: AnswerOptions): Answers => {
  const pending = [...answers];
  const votes = new Map<string, number>();
  const openVotes = createOpenVotes();
  const take = (fits: (answer: Answer) => boolean): Answer | undefined => {
    const index = pending.findIndex(fits);
    return index === -1 ? undefined : pending.splice(index, 1)[0];
  };
  const signal = (name: string, runId: string): void => {
    const answer = take((candidate) => candidate.kind === 'signal' && candidate.name === name);
    if (answer?.kind === 'signal') send({ kind: 'signal_received', name, payload: answer.payload }, runId);
  };
  const vote = ({ runId, stepId, key, roles }: Asked): void => {
    const answer = take((candidate) => isDecision(candidate) && [stepId, key].includes(candidate.target));
    if (answer === undefined || !isDecision(answer)) return;
    const count = votes.get(`${runId} ${key}`) ?? 0;
    votes.set(`${runId} ${key}`, count + 1);
    const by = people[Math.min(count, people.length - 1)] ?? people[0];
    const values = answer.values === undefined ? {} : { values: answer.values };
    send({ kind: 'approval_decided', key, decision: answer.kind, by, roles, ...values }, runId);
  };
  const settle = ({ runId, stepId, key, attemptKey }: AskedEffect): void => {
    const answer = take((candidate) => isEffect(candidate) && [stepId, key, attemptKey].includes(candidate.target));
    if (answer === undefined || !isEffect(answer)) return;
    const decision = answer.kind === 'fail-effect' ? 'fail' : answer.kind;
    const output = answer.output === undefined ? {} : { output: answer.output };
    send({ kind: 'effect_decided', key: attemptKey, decision, by: people[0], ...output }, runId);
  };
  return {
    onEvent: (event) => {
      if (event.type === 'signal_awaited') signal(event.data.name, event.runId);
      const asked = openVotes(event);
      if (asked !== undefined) vote(asked);
    },
    onStalled: (waiting) => {
      for (const { runId, stepId, iteration, index, reason, detail } of waiting) {
        if (typeof detail['signal'] === 'string') signal(detail['signal'], runId);
        if (stepId === null) continue;
        const key = keyOf({ stepId, iteration, index });
        if (typeof detail['key'] === 'string') settle({ runId, stepId, key, attemptKey: detail['key'] });
        if (reason === 'approval') vote({ runId, stepId, key, roles: rolesIn(detail['assignees']) });
      }
    },
    unused: () => pending.map((answer) => `--${answer.kind} ${answer.kind === 'signal' ? answer.name : answer.target}`),
  };
};

/** An approval that waits for votes. */
type OpenApproval = { readonly quorum: number; readonly roles: readonly string[]; readonly approvals: number };

/** Follows the approvals of a run, and tells after each event whether one of them asks for a vote. */
const createOpenVotes = (): ((event: RunEvent) => Asked | undefined) => {
  const open = new Map<string, OpenApproval>();
  return (event) => {
    const { stepId = '', iteration = null, index = null, runId } = event;
    const key = keyOf({ stepId, iteration, index });
    const approval = approvalAfter(event, open.get(key));
    if (approval === null) return undefined;
    open.set(key, approval);
    const isDecided = approval.approvals >= approval.quorum;
    return isDecided ? undefined : { runId, stepId, key, roles: approval.roles };
  };
};

/** What an event makes of an approval; null when the event is about something else. */
const approvalAfter = (event: RunEvent, before: OpenApproval | undefined): OpenApproval | null => {
  if (event.type === 'approval_requested') {
    const { quorum = 1, assignees } = event.data;
    return { quorum: Number(quorum), roles: rolesIn(assignees), approvals: 0 };
  }
  if (before === undefined) return null;
  if (event.type === 'approval_escalated') {
    return { ...before, roles: [...before.roles, ...rolesIn(event.data.assignees)] };
  }
  if (event.type !== 'approval_decided') return null;
  if (event.data.refusal !== undefined) return before;
  return { ...before, approvals: event.data.decision === 'approve' ? before.approvals + 1 : before.quorum };
};

type Place = { readonly stepId: string; readonly iteration: string | null; readonly index: string | null };

const keyOf = ({ stepId, iteration, index }: Place): string => activityKey(stepId, iteration ?? '', index ?? '');

const rolesIn = (assignees: Json | readonly string[] | undefined): readonly string[] =>
  (Array.isArray(assignees) ? (assignees as readonly Json[]) : []).flatMap((assignee) =>
    typeof assignee === 'string' && assignee.startsWith('role:') ? assignee.slice('role:'.length) : [],
  );
