import { z } from 'zod';
import { ERROR_FIELDS } from './error-fields.ts';
import { pageInfoSchema } from './page-info.ts';

const approvalSchema = z.object({
  id: z.string(),
  key: z.string(),
  stepId: z.string(),
  status: z.string(),
  assignees: z.array(z.string()),
  requestedAt: z.string(),
  deadlineAt: z.string().nullable(),
  decidedAt: z.string().nullable(),
  run: z.object({ id: z.string(), pipeline: z.object({ name: z.string() }) }),
});
export type Approval = z.infer<typeof approvalSchema>;

const APPROVAL_FIELDS = 'id key stepId status assignees requestedAt deadlineAt decidedAt run { id pipeline { name } }';

export const approvalList = {
  document: `query ApprovalList($slug: String!, $status: [ApprovalStatus!], $first: Int!, $after: String) {
  tenant(slug: $slug) {
    approvals(status: $status, first: $first, after: $after) {
      nodes { ${APPROVAL_FIELDS} }
      pageInfo { hasNextPage endCursor }
    }
  }
}`,
  shape: z.object({
    tenant: z.object({ approvals: z.object({ nodes: z.array(approvalSchema), pageInfo: pageInfoSchema }) }).nullable(),
  }),
};

export const approvalsOfRun = {
  document: `query ApprovalsOfRun($id: ID!) {
  node(id: $id) { ... on Run { approvals(status: [open], first: 100) { nodes { ${APPROVAL_FIELDS} } } } }
}`,
  shape: z.object({ node: z.object({ approvals: z.object({ nodes: z.array(approvalSchema) }) }).nullable() }),
};

export const decideApproval = {
  document: `mutation DecideApproval($input: DecideApprovalInput!) {
  decideApproval(input: $input) {
    ... on DecideApprovalSuccess { approval { ${APPROVAL_FIELDS} } }
    ${ERROR_FIELDS}
  }
}`,
  shape: z.object({ approval: approvalSchema }),
};
