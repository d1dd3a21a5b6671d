import { defineCondition } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { probe } from './probe.ts';
import { probeFields } from './probe-fields.ts';

export const apiAvailable = defineCondition({
  name: 'available',
  title: 'API is available',
  description: 'Holds when an address answers in time, with the expected status and body.',
  config: z.strictObject(probeFields),
  evaluate: async ({ config }, ctx) => {
    const { problem } = await probe(ctx, config);
    if (problem !== null) ctx.logger.info(problem);
    return problem === null;
  },
});
