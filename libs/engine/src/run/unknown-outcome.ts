import { PlatformError } from '@ia-modules/plugin-sdk';
import type { RecordedError } from './events.ts';
import { toRecordedError } from './recorded-error.ts';

/** Whether whoever made the attempt says that it can't tell what became of it: `details.outcome` is `unknown`. */
export const isLostOutcome = ({ details }: RecordedError): boolean => details?.['outcome'] === 'unknown';

/** Whether an attempt was given up because its time was over: what it began may still be done. */
export const isTimeout = ({ name }: RecordedError): boolean => name === 'TimeoutError';

/** What an attempt fails with when nobody knows what became of it and nobody says. */
export const unknownEffectError = (stepId: string, cause: RecordedError | undefined): RecordedError =>
  toRecordedError(
    new PlatformError({
      code: 'IA_EFFECT_UNKNOWN',
      message: `Nobody knows what became of an attempt of step '${stepId}'${cause === undefined ? ': its worker was lost' : ''}.`,
      hint: 'Look outside whether it was done, under its idempotency key; then retry the run, or mend what it left.',
      ...(cause === undefined ? {} : { details: { cause: { code: cause.code, message: cause.message } } }),
    }),
  );
