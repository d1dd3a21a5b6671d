import type { Json } from '@ia-modules/plugin-sdk';
import type { TaskExecution } from '../ports/task-executor.ts';
import { scrubError } from './scrub-error.ts';
import { createSecretScrub } from './secret-scrub.ts';

/** Lets work use secrets, and takes their values out of everything that comes back: output, error, log lines, its start. */
export const scrubAttempt = async (
  values: Iterable<string>,
  execution: TaskExecution,
  work: (execution: TaskExecution) => Promise<Json>,
): Promise<Json> => {
  const scrub = createSecretScrub(values);
  try {
    const output = await work({
      ...execution,
      // Which code runs is the platform's to say: a secret that is called like a plugin must not hide it.
      emitStarted: ({ plugin, ...started }) =>
        execution.emitStarted({ ...scrub.json(started), ...(plugin === undefined ? {} : { plugin }) }),
      log: (line) => execution.log({ ...line, message: scrub.text(line.message) }),
    });
    return scrub.json(output);
  } catch (error) {
    throw scrubError(error, scrub);
  }
};
