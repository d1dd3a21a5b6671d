import { z } from 'zod';
import { pageInfoSchema } from './page-info.ts';

const lineSchema = z.object({
  seq: z.number(),
  at: z.string(),
  level: z.string(),
  stepId: z.string().nullable(),
  attempt: z.number().nullable(),
  message: z.string(),
  fraction: z.number().nullable(),
  cursor: z.string(),
});
export type LogLine = z.infer<typeof lineSchema>;

const LINE_FIELDS = 'seq at level stepId attempt message fraction cursor';

const followedSchema = z.discriminatedUnion('kind', [
  lineSchema.extend({ kind: z.literal('RunLogLine') }),
  z.object({ kind: z.literal('Gap'), from: z.number(), to: z.number() }),
]);
export type FollowedLine = z.infer<typeof followedSchema>;

export const runLogsFeed = {
  document: `subscription RunLogs($runId: ID!, $after: String, $levels: [LogLineLevel!]) {
  runLogs(runId: $runId, after: $after, levels: $levels) {
    kind: __typename ... on RunLogLine { ${LINE_FIELDS} } ... on Gap { from to }
  }
}`,
  shape: z.object({ runLogs: followedSchema }),
};

export const runLogs = {
  document: `query RunLogList($id: ID!, $levels: [LogLineLevel!], $stepId: String, $first: Int!, $after: String) {
  node(id: $id) { ... on Run {
    logs(levels: $levels, stepId: $stepId, first: $first, after: $after) {
      nodes { ${LINE_FIELDS} }
      pageInfo { hasNextPage endCursor }
    }
  } }
}`,
  shape: z.object({
    node: z.object({ logs: z.object({ nodes: z.array(lineSchema), pageInfo: pageInfoSchema }) }).nullable(),
  }),
};
