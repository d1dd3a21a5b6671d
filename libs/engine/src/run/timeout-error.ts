import { PlatformError } from '@ia-modules/plugin-sdk';
import type { TaskRequest } from '../ports/durable-context.ts';
import type { RecordedError } from './events.ts';
import { toRecordedError } from './recorded-error.ts';

/** What an attempt fails with when its time is over: named `TimeoutError`, and retryable. */
export const timeoutError = ({ attempt, stepId, timeoutMs }: TaskRequest): RecordedError =>
  toRecordedError(
    new PlatformError({
      code: 'IA_TASK_TIMEOUT',
      message: `Attempt ${attempt} of step '${stepId}' did not end within ${timeoutMs} ms.`,
      disposition: 'timeout',
    }),
  );
