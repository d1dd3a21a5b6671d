import type { Json, MemoryRun, MemoryRunHandle, MemoryWaiting } from '@ia-modules/engine';

const LOOK_MS = 1_000;

/**
 * Waits for a run to end. Meanwhile says in one line what it waits for that only people and other systems can give, whenever it still
 * waits for it when looked at: of a sub-pipeline's waits no event of the run tells.
 */
export const endReportingWaits = async (
  { done, waiting }: Pick<MemoryRunHandle, 'done' | 'waiting'>,
  log: (line: string) => void,
): Promise<MemoryRun> => {
  let told = '';
  const timer = setInterval(() => {
    const line = describeWaits(waiting());
    if (line !== '' && line !== told) log(line);
    told = line;
  }, LOOK_MS);
  try {
    return await done;
  } finally {
    clearInterval(timer);
  }
};

/** Empty when the run waits for nothing from outside. */
export const describeWaits = (waiting: readonly MemoryWaiting[]): string => {
  const waits = waiting.flatMap((wait) => describeWait(wait) ?? []);
  return waits.length === 0 ? '' : `waiting: ${waits.join('; ')}`;
};

const describeWait = ({ stepId, iteration, index, reason, detail, until }: MemoryWaiting): string | undefined => {
  if (reason !== 'approval' && reason !== 'signal' && reason !== 'effect') return undefined;
  const step = `${stepId}${iteration === null ? '' : `#${iteration}`}${index === null ? '' : `[${index}]`}`;
  const what = describeCause(reason, detail);
  const end = until === null ? '' : `, until ${new Date(until).toISOString()}`;
  return `step '${step}' for ${what}${end}`;
};

const describeCause = (reason: 'approval' | 'signal' | 'effect', detail: MemoryWaiting['detail']): string => {
  if (reason === 'approval') return describeApproval(detail['assignees']);
  return reason === 'signal'
    ? `the signal '${detail['signal'] as string}'`
    : `somebody to say what became of attempt ${detail['attempt'] as number}`;
};

const describeApproval = (assignees: Json | undefined): string =>
  Array.isArray(assignees) && assignees.length > 0 ? `the approval of ${assignees.join(', ')}` : 'an approval';
