import type { RunEvent } from '@ia-modules/engine';

const LABEL =
  /^(?<type>[a-z_]+)(?::(?<stepId>-|[A-Za-z_][\w-]*)(?:#(?<iteration>[\d.]*)(?:\/(?<index>[\d.]+))?)?(?:@(?<attempt>\d+))?(?::(?<part>.+))?)?$/;

/**
 * Whether `type:stepId#iteration/index@attempt:part` describes an event. What the label leaves out may be anything, except that a
 * task event without a part is about the step's own work; `-` stands for the run.
 */
export const describesEvent = (label: string, event: RunEvent): boolean => {
  const groups = LABEL.exec(label)?.groups;
  if (groups === undefined) throw new Error(`'${label}' is no label of an event.`);
  const { type, stepId, iteration, index, attempt, part } = groups;
  return (
    event.type === type &&
    (stepId === undefined || (event.stepId ?? '-') === stepId) &&
    (!iteration || event.iteration === iteration) &&
    (index === undefined || event.index === index) &&
    (attempt === undefined || event.attempt === Number(attempt)) &&
    (part === undefined ? event.part === undefined || !event.type.startsWith('task_') : event.part === part)
  );
};
