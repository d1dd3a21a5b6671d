import type { EventDraft, TimerPurpose } from './events.ts';

/** Where something of a run happens: a step, in one iteration of its loops, for one item of its map. */
export type Place = {
  readonly step: number;
  /** `2.1`, outermost loop first; empty outside loops. */
  readonly iteration: string;
  /** `0.2`, outermost map first; empty for the step as a whole. */
  readonly index: string;
};

/** Names an activity as commands and events do: `stepId#iteration/index`, empty outside loops and maps. */
export const activityKey = (stepId: string, iteration = '', index = ''): string => `${stepId}#${iteration}/${index}`;

/** `stepId#iteration/index@attempt:part`. */
export const taskKey = (activity: string, attempt: number, part?: string): string =>
  part === undefined ? `${activity}@${attempt}` : `${activity}@${attempt}:${part}`;

/** `number` tells the escalations of one approval apart. */
export const timerKey = (
  activity: string,
  {
    attempt,
    purpose,
    part,
  }: { readonly attempt: number; readonly purpose: TimerPurpose; readonly part?: string | undefined },
): string => `${activity}@${attempt}:${purpose}${part === undefined ? '' : `/${part}`}`;

/** The activity that a task's or timer's key belongs to. */
export const activityOf = (key: string): string => {
  const at = key.lastIndexOf('@');
  return at === -1 ? key : key.slice(0, at);
};

/** What of its step a task is about; undefined for the step's own work. */
export const partOf = (key: string): string | undefined => {
  const colon = key.indexOf(':', key.lastIndexOf('@'));
  return colon === -1 ? undefined : key.slice(colon + 1);
};

/** The number of the attempt that a task's key names. */
export const attemptOf = (key: string): number => Number.parseInt(key.slice(key.lastIndexOf('@') + 1), 10);

type TaskOrigin = {
  readonly runId: string;
  /** Empty for what belongs to the run as a whole. */
  readonly stepId: string;
  readonly iteration: string;
  readonly index: string;
  readonly part?: string | undefined;
};

/** `runId/stepId/iteration/index`, and `/part`: the same for every attempt, and for every replay. */
export const idempotencyKeyOf = ({ runId, stepId, iteration, index, part }: TaskOrigin): string =>
  `${runId}/${stepId}/${iteration}/${index}${part === undefined ? '' : `/${part}`}`;

/** Stands for the step in keys of what belongs to the run as a whole. */
export const RUN_SCOPE = 'run';

export const RUN_TIMEOUT_KEY = `${RUN_SCOPE}#/:timeout`;
export const RUN_BREATH_KEY = `${RUN_SCOPE}#/:breath`;

export const eventActivityKey = ({ stepId, iteration, index }: EventDraft): string =>
  activityKey(stepId ?? RUN_SCOPE, iteration, index);

export const eventTaskKey = (event: EventDraft): string =>
  taskKey(eventActivityKey(event), event.attempt ?? 1, event.part);
