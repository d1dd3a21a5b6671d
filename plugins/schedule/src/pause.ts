import { refusedInput } from '@ia-modules/bounded-work';
import { parseDuration } from '@ia-modules/engine';
import { defineStep } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

const MAX_PAUSE_MS = 300_000;
const REPORT_MS = 1_000;

export const pause = defineStep({
  name: 'pause',
  title: 'Pause',
  description: 'Waits for a moment, five minutes at most, and holds its worker meanwhile; for longer, use core.wait.',
  input: z.strictObject({
    duration: z.string().min(1).max(64).describe('How long: `200ms`, `30s`, `1m30s`, or ISO 8601 such as `PT5M`.'),
  }),
  output: z.object({ waited_ms: z.number().describe('How long it was.') }),
  run: async ({ duration }, { clock, progress, signal }) => {
    const totalMs = parseDuration(duration);
    if (totalMs === undefined)
      throw refusedInput(`"${duration}" is no duration.`, 'Write it as in 200ms, 30s or PT5M.');
    if (totalMs > MAX_PAUSE_MS) {
      throw refusedInput(
        'A pause may last five minutes.',
        'Use core.wait, which holds no worker and outlives a restart.',
      );
    }
    const start = clock.now();
    for (let waited = 0; waited < totalMs; waited = clock.now() - start) {
      signal.throwIfAborted();
      progress(waited / totalMs);
      await clock.sleep(Math.min(REPORT_MS, totalMs - waited));
    }
    return { waited_ms: clock.now() - start };
  },
});
