import { parseDuration, type Json, type JsonObject, type RunCommand, type RunEvent } from '@ia-modules/engine';

/** What comes to a run from outside, and when. */
export type ScriptedCommand = {
  readonly command: RunCommand;
  readonly isDue: (event: RunEvent) => boolean;
  /** It answers what the run asks for, so that one event brings one of them. */
  readonly isAnswer: boolean;
};

export type Outcome = {
  readonly text: string;
  /** How long the run takes on a virtual clock, where the document says so. */
  readonly durationMs: number | undefined;
};

/** A line of the documents: `PARAMETERS | COMMAND … → OUTCOME in DURATION`. */
export type DocumentedRun = {
  readonly parameters: string;
  readonly commands: readonly ScriptedCommand[];
  readonly expected: Outcome;
};

const LINE = /^(?<before>.*?) → (?<outcome>.*?)(?: in (?<duration>\d[\w.]*))?$/;

export const parseDocumentedRun = (line: string): DocumentedRun => {
  const { before = '', outcome = '', duration } = LINE.exec(line)?.groups ?? {};
  const [parameters = '', ...commands] = before.split(' | ');
  return {
    parameters,
    commands: commands.map(parseCommand),
    expected: { text: outcome, durationMs: duration === undefined ? undefined : parseDuration(duration) },
  };
};

/** `approve review by ann as buyer {"amount": 5} after pay` and the like. */
const COMMAND =
  /^(?<verb>\w+)(?: (?!by |as |after )(?<target>[\w./#-]+))?(?: by (?<by>\S+))?(?: as (?<role>\S+))?(?: (?!after )(?<value>.+?))?(?: after (?<after>\S+))?$/;

type CommandText = {
  readonly verb: string;
  readonly target: string;
  readonly by: string;
  readonly roles: readonly string[];
  readonly value: string | undefined;
};

const parseCommand = (text: string): ScriptedCommand => {
  const groups = COMMAND.exec(text)?.groups;
  const kind = COMMANDS[groups?.['verb'] ?? ''];
  if (groups === undefined || kind === undefined) throw new Error(`'${text}' is no command.`);
  const { verb = '', target = '', by = 'operator', role, value, after } = groups;
  const parsed = { verb, target, by, roles: role === undefined ? [] : [role], value };
  const isAfter = (event: RunEvent): boolean => event.type === after || (event.stepId === after && hasEnded(event));
  return {
    command: kind.command(parsed),
    isDue: after === undefined ? (event) => kind.isAskedFor(event, parsed) : isAfter,
    isAnswer: after === undefined,
  };
};

const hasEnded = ({ type }: RunEvent): boolean => type === 'step_succeeded' || type === 'step_failed';

type CommandKind = {
  readonly command: (text: CommandText) => RunCommand;
  /** Whether the run asks for it with this event; a line that says `after` goes by that alone. */
  readonly isAskedFor: (event: RunEvent, text: CommandText) => boolean;
};

const jsonOf = (value: string | undefined): Json => (value === undefined ? null : (JSON.parse(value) as Json));

const decide = (decision: 'approve' | 'reject'): CommandKind => ({
  command: ({ target, by, roles, value }) => ({
    kind: 'approval_decided',
    key: target,
    decision,
    by,
    roles,
    ...(value === undefined ? {} : { values: jsonOf(value) as JsonObject }),
  }),
  isAskedFor: ({ type, stepId }, { target }) =>
    stepId === target.split('#')[0] && (type === 'approval_requested' || type === 'approval_decided'),
});

const COMMANDS: Readonly<Record<string, CommandKind>> = {
  signal: {
    command: ({ target, value }) => ({ kind: 'signal_received', name: target, payload: jsonOf(value) }),
    isAskedFor: (event, { target }) => event.type === 'signal_awaited' && event.data.name === target,
  },
  approve: decide('approve'),
  reject: decide('reject'),
  cancel: {
    command: ({ by }) => ({ kind: 'cancel_requested', reason: null, by }),
    isAskedFor: ({ type }) => type === 'run_started',
  },
  pause: {
    command: ({ by }) => ({ kind: 'pause_requested', by }),
    isAskedFor: ({ type }) => type === 'run_started',
  },
  resume: {
    command: ({ by }) => ({ kind: 'resume_requested', by }),
    isAskedFor: (event) => event.type === 'run_waiting' && event.data.reason === 'paused',
  },
  raise: {
    command: ({ target, by, value = '' }) =>
      target === 'max_cost_usd'
        ? { kind: 'budget_raised', maxCostUsd: Number(value), by }
        : { kind: 'budget_raised', maxDurationMs: parseDuration(value) ?? 0, by },
    isAskedFor: ({ type }) => type === 'budget_exceeded',
  },
};

/** Takes the commands that are due with an event, in their order; each is sent once. */
export const createScript = (commands: readonly ScriptedCommand[]): ((event: RunEvent) => readonly RunCommand[]) => {
  let pending = commands;
  return (event) => {
    const due = pending.filter(({ isDue }) => isDue(event));
    const answer = due.find(({ isAnswer }) => isAnswer);
    const sent = due.filter((command) => !command.isAnswer || command === answer);
    pending = pending.filter((command) => !sent.includes(command));
    return sent.map(({ command }) => command);
  };
};
