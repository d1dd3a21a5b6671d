import { PlatformError } from '@ia-modules/plugin-sdk';

/** Somewhat more than the log of one run may take, so that every run can be read. */
const MAX_VALUE_BYTES = 80 * 1_024 * 1_024;

/** Bounds the inputs, outputs and events that one operation reads: their sizes are the authors' and plugins' choice. */
export class ValueBudget {
  #leftBytes = MAX_VALUE_BYTES;

  /** What statements compare with before they send a value. */
  get leftBytes(): number {
    return this.#leftBytes;
  }

  /** @throws PlatformError IA_API_LIMIT when the operation would read too much */
  spend(bytes: number): void {
    this.#leftBytes -= bytes;
    if (this.#leftBytes >= 0) return;
    throw new PlatformError({
      code: 'IA_API_LIMIT',
      message: `The parameters, outputs and events asked for take more than ${MAX_VALUE_BYTES / 1_024 / 1_024} MiB.`,
      hint: 'Ask for fewer runs or events at once.',
    });
  }
}
