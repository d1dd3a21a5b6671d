import type { HookEvent, Json, TaskInfo } from '@ia-modules/plugin-sdk';

/** What a message says of an event when its author says nothing. */
export type Notice = {
  /** One line, without markup. */
  readonly headline: string;
  /** Names and values, for people. Outputs are not among them: they may be confidential. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly tone: 'good' | 'bad' | 'neutral';
};

const MAX_FACT_CHARS = 1_000;

/** Puts an event that a hook gets into words. */
export const noticeOf = ({ type, stepId, data }: HookEvent, { runId }: Pick<TaskInfo, 'runId'>): Notice => {
  const what = stepId === undefined ? `Run ${runId}` : `Step ${stepId} of run ${runId}`;
  const { said, tone } = WORDS[type] ?? {
    said: type.replace(/^(?:run|step)_/, '').replaceAll('_', ' '),
    tone: 'neutral',
  };
  return { headline: `${what} ${said}`, facts: factsOf(data), tone };
};

type Words = { readonly said: string; readonly tone: Notice['tone'] };

const WORDS: Readonly<Record<string, Words>> = {
  run_started: { said: 'has started', tone: 'neutral' },
  run_waiting: { said: 'is waiting', tone: 'neutral' },
  run_resumed: { said: 'goes on', tone: 'neutral' },
  run_succeeded: { said: 'has succeeded', tone: 'good' },
  run_failed: { said: 'has failed', tone: 'bad' },
  run_canceled: { said: 'was canceled', tone: 'neutral' },
  step_succeeded: { said: 'has succeeded', tone: 'good' },
  step_failed: { said: 'has failed', tone: 'bad' },
  step_skipped: { said: 'was skipped', tone: 'neutral' },
  step_canceled: { said: 'was canceled', tone: 'neutral' },
  approval_requested: { said: 'needs an approval', tone: 'neutral' },
  approval_decided: { said: 'has an approval decided', tone: 'neutral' },
  budget_exceeded: { said: 'is beyond its budget', tone: 'bad' },
  compensation_started: { said: 'is being undone', tone: 'bad' },
};

const SHOWN = ['title', 'reason', 'kind', 'limit', 'actual', 'decision'] as const;
const SHOWN_OF_ERROR = ['name', 'message', 'hint'] as const;

const factsOf = (data: Json): Notice['facts'] => {
  const error = fieldOf(data, 'error');
  return [
    ...SHOWN.map((name) => [name, fieldOf(data, name)] as const),
    ...SHOWN_OF_ERROR.map((name) => [name === 'name' ? 'error' : name, fieldOf(error, name)] as const),
  ].flatMap(([name, value]) =>
    typeof value === 'string' || typeof value === 'number'
      ? [[name, String(value).slice(0, MAX_FACT_CHARS)] as const]
      : [],
  );
};

const fieldOf = (value: Json | undefined, name: string): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
    ? (value as { readonly [key: string]: Json })[name]
    : undefined;
