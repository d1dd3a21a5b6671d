'use client';

import { useMutation } from '@apollo/client/react';
import { Play } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { failureOf, type MutationFailure } from '#src/api/mutation-failure.tsx';
import { createRequestKeys } from '#src/api/request-keys.ts';
import { isRecord, type JsonRecord } from '#src/definition/json-record.ts';
import { graphql } from '#src/gql/index.ts';
import { useTenant } from '#src/shell/tenant-context.tsx';
import { Button } from '#src/ui/button.tsx';
import { Dialog } from '#src/ui/dialog.tsx';
import { StartRunForm } from './start-run-form.tsx';

const PortalStartRun = graphql(`
  mutation PortalStartRun($input: StartRunInput!) {
    startRun(input: $input) {
      __typename
      ... on StartRunSuccess { run { id } }
      ... on Error { code message hint }
      ... on ValidationFailed { diagnostics { ...ShownDiagnostic } }
    }
  }
`);

type StartRunProps = Readonly<{ pipelineId: string; pipelineName: string; definition: unknown }>;

/** Asks for a run's parameters, starts it and goes to its page. */
export function StartRun({ pipelineId, pipelineName, definition }: StartRunProps) {
  const [isOpen, setIsOpen] = useState(false);
  const { start, isBusy, failure } = useStartRun(pipelineId);
  return (
    <>
      <Button look="primary" onClick={() => setIsOpen(true)}>
        <Play className="size-3.5" aria-hidden />
        Start run
      </Button>
      <Dialog isOpen={isOpen} onOpenChange={setIsOpen} title="Start run" description={pipelineName}>
        <StartRunForm
          schema={isRecord(definition) ? definition['parameters'] : undefined}
          isBusy={isBusy}
          failure={failure}
          onStart={(parameters) => void start(parameters)}
        />
      </Dialog>
    </>
  );
}

function useStartRun(pipelineId: string) {
  const { slug } = useTenant();
  const router = useRouter();
  const [send] = useMutation(PortalStartRun);
  const [keyFor] = useState(createRequestKeys);
  const [isBusy, setIsBusy] = useState(false);
  const [failure, setFailure] = useState<MutationFailure | null>(null);
  const start = async (parameters: JsonRecord) => {
    setIsBusy(true);
    setFailure(null);
    try {
      const { data } = await send({
        variables: { input: { pipelineId, parameters, idempotencyKey: keyFor(parameters) } },
      });
      if (data?.startRun.__typename === 'StartRunSuccess') {
        router.push(`/t/${slug}/runs/${data.startRun.run.id}`);
        return;
      }
      if (data) setFailure(data.startRun);
    } catch (error) {
      setFailure(failureOf(error));
    }
    setIsBusy(false);
  };
  return { start, isBusy, failure };
}
