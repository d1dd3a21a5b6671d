import { z } from 'zod';

const eventSchema = z.object({
  kind: z.literal('RunEvent'),
  seq: z.number(),
  at: z.string(),
  type: z.string(),
  stepId: z.string().nullable(),
  iteration: z.string().nullable(),
  index: z.string().nullable(),
  attempt: z.number().nullable(),
  part: z.string().nullable(),
  data: z.unknown(),
  cursor: z.string(),
});
export type FollowedEvent = z.infer<typeof eventSchema>;

const gapSchema = z.object({ kind: z.literal('Gap'), from: z.number(), to: z.number() });

const itemSchema = z.discriminatedUnion('kind', [eventSchema, gapSchema]);
export type FollowedItem = z.infer<typeof itemSchema>;

export const runEventsFeed = {
  document: `subscription RunEventsFeed($runId: ID!, $after: String) {
  runEvents(runId: $runId, after: $after) {
    kind: __typename
    ... on RunEvent { seq at type stepId iteration index attempt part data cursor }
    ... on Gap { from to }
  }
}`,
  shape: z.object({ runEvents: itemSchema }),
};
