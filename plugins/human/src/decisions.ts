import { refusedInput } from '@ia-modules/bounded-work';
import type { Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

const approvalOutput = z.object({
  approved: z.boolean(),
  decisions: z.array(z.object({ decision: z.enum(['approve', 'reject']), by: z.string(), at: z.string() })).default([]),
  values: z.record(z.string(), z.custom<Json>()).default({}),
});
export type ApprovalOutput = z.output<typeof approvalOutput>;

export const approvalField = z
  .custom<Json>()
  .optional()
  .describe('The output of a human.approval: `{{ steps.ask.output }}`. Left out, it is that of the step that ended.');

/** @throws PluginError `IA_PLUGIN_INPUT` */
export const readApproval = (value: Json): ApprovalOutput => {
  const read = approvalOutput.safeParse(value);
  if (read.success) return read.data;
  throw refusedInput('The value is no output of a human.approval.', 'It has approved, decisions and values.');
};
