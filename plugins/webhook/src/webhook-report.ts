import { defineReporter, type Json, type ReportedEvent } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { deliver, targetFields } from './deliver.ts';
import { envelope } from './envelope.ts';

export const webhookReport = defineReporter({
  name: 'report',
  title: 'Webhook reporter',
  description: 'Sends every event of a run to an address, in order and in batches.',
  config: z.strictObject({
    ...targetFields,
    max_events: z.int().min(1).max(1_000).default(100).describe('Of one message.'),
  }),
  report: async ({ events, config: { max_events: maxEvents, ...target } }, ctx) => {
    // One after the other: the next message leaves when the one before has arrived.
    for (let start = 0; start < events.length; start += maxEvents) {
      const batch = events.slice(start, start + maxEvents);
      const body = envelope('run.events', { events: batch.map(printEvent) }, ctx.clock.now());
      await deliver(ctx, { target, key: keyOf(batch), body });
    }
  },
});

/** A batch that is reported again has the same id. */
const keyOf = (batch: readonly ReportedEvent[]): string =>
  ['report', batch[0]?.runId, batch[0]?.seq, batch.at(-1)?.seq].join('/');

const printEvent = ({ runId, stepId, at, ...rest }: ReportedEvent): Json => ({
  run_id: runId,
  ...(stepId === undefined ? {} : { step_id: stepId }),
  at: new Date(at).toISOString(),
  ...(rest as { readonly [key: string]: Json }),
});
