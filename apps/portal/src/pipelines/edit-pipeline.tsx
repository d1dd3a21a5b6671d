'use client';

import { useMutation, useQuery } from '@apollo/client/react';
import { SearchX } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useMemo } from 'react';
import { useAttempt } from '#src/api/use-attempt.ts';
import { graphql } from '#src/gql/index.ts';
import type { PortalEditedPipelineQuery } from '#src/gql/graphql.ts';
import { useTenant } from '#src/shell/tenant-context.tsx';
import { EmptyState, ErrorNotice } from '#src/ui/notices.tsx';
import { PageBody } from '#src/ui/page.tsx';
import { RowSkeletons } from '#src/ui/skeleton.tsx';
import { PipelineEditor } from './pipeline-editor.tsx';

const PortalEditedPipeline = graphql(`
  query PortalEditedPipeline($id: ID!) {
    node(id: $id) {
      __typename
      ... on Pipeline { id name revision definition }
    }
  }
`);

const PortalUpdatePipeline = graphql(`
  mutation PortalUpdatePipeline($input: UpdatePipelineInput!) {
    updatePipeline(input: $input) {
      __typename
      ... on UpdatePipelineSuccess { pipeline { id name version revision definition updatedAt } }
      ... on Error { code message hint }
      ... on ValidationFailed { diagnostics { ...ShownDiagnostic } }
    }
  }
`);

type EditedPipeline = Extract<NonNullable<PortalEditedPipelineQuery['node']>, { __typename: 'Pipeline' }>;

/** Loads the latest definition once: someone else's later save is a conflict, not a change under the cursor. */
export function EditPipeline({ pipelineId }: Readonly<{ pipelineId: string }>) {
  const { data, error, refetch } = useQuery(PortalEditedPipeline, {
    variables: { id: pipelineId },
    fetchPolicy: 'no-cache',
  });
  if (error) {
    return (
      <PageBody className="pt-8">
        <ErrorNotice title="Could not load the pipeline" message={error.message} onRetry={() => void refetch()} />
      </PageBody>
    );
  }
  if (data === undefined) return <RowSkeletons />;
  if (data.node?.__typename !== 'Pipeline') {
    return (
      <EmptyState icon={<SearchX aria-hidden />} title="Pipeline not found">
        It does not exist, or you may not see it.
      </EmptyState>
    );
  }
  return <Edit pipeline={data.node} />;
}

function Edit({ pipeline }: Readonly<{ pipeline: EditedPipeline }>) {
  const { slug } = useTenant();
  const source = useMemo(() => JSON.stringify(pipeline.definition, null, 2), [pipeline.definition]);
  const href = `/t/${slug}/pipelines/${pipeline.id}`;
  const { save, isSaving, failure } = useUpdatePipeline(pipeline, href);
  return (
    <PipelineEditor
      title={`Edit ${pipeline.name}`}
      parent={{ href, label: pipeline.name }}
      initialSource={source}
      isSaving={isSaving}
      failure={failure}
      onSave={(edited) => void save(edited)}
    />
  );
}

function useUpdatePipeline({ id, revision }: EditedPipeline, href: string) {
  const router = useRouter();
  const [send] = useMutation(PortalUpdatePipeline);
  const { attempt, isBusy, failure } = useAttempt();
  const save = (definition: string) =>
    attempt(async () => {
      const { data } = await send({ variables: { input: { id, definition, expectedVersion: revision } } });
      if (data?.updatePipeline.__typename !== 'UpdatePipelineSuccess') return data?.updatePipeline;
      router.push(href);
      return 'leaving';
    });
  return { save, isSaving: isBusy, failure };
}
