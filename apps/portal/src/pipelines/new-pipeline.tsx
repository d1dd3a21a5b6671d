'use client';

import { useMutation } from '@apollo/client/react';
import { useRouter } from 'next/navigation';
import { useAttempt } from '#src/api/use-attempt.ts';
import { graphql } from '#src/gql/index.ts';
import { useTenant } from '#src/shell/tenant-context.tsx';
import { PipelineEditor } from './pipeline-editor.tsx';

const PortalCreatePipeline = graphql(`
  mutation PortalCreatePipeline($input: CreatePipelineInput!) {
    createPipeline(input: $input) {
      __typename
      ... on CreatePipelineSuccess { pipeline { id name } }
      ... on Error { code message hint }
      ... on ValidationFailed { diagnostics { ...ShownDiagnostic } }
    }
  }
`);

const FIRST_DRAFT = {
  name: 'my-pipeline',
  version: '0.1.0',
  description: 'Waits a moment, then greets.',
  parameters: {
    type: 'object',
    properties: { name: { type: 'string', title: 'Name', default: 'world' } },
  },
  steps: [
    { id: 'pause', name: 'Wait a moment', uses: 'core.wait', with: { duration: '2s' } },
    { id: 'greet', name: 'Greet', uses: 'core.noop', with: { text: 'Hello, {{ parameters.name }}!' } },
  ],
  flow: { transitions: [{ from: 'pause', to: 'greet' }] },
  outputs: { greeting: '{{ steps.greet.output.text }}' },
};

const FIRST_SOURCE = JSON.stringify(FIRST_DRAFT, null, 2);

/** A new pipeline, starting from a small one that runs. */
export function NewPipeline() {
  const { id: tenantId, slug } = useTenant();
  const router = useRouter();
  const [send, { client }] = useMutation(PortalCreatePipeline);
  const { attempt, isBusy, failure } = useAttempt();
  const save = (definition: string) =>
    attempt(async () => {
      const { data } = await send({ variables: { input: { tenantId, definition } } });
      if (data?.createPipeline.__typename !== 'CreatePipelineSuccess') return data?.createPipeline;
      client.cache.evict({
        id: client.cache.identify({ __typename: 'Tenant', id: tenantId }) ?? '',
        fieldName: 'pipelines',
      });
      router.push(`/t/${slug}/pipelines/${data.createPipeline.pipeline.id}`);
      return 'leaving';
    });
  return (
    <PipelineEditor
      title="New pipeline"
      parent={{ href: `/t/${slug}/pipelines`, label: 'Pipelines' }}
      initialSource={FIRST_SOURCE}
      isSaving={isBusy}
      failure={failure}
      onSave={(source) => void save(source)}
    />
  );
}
