'use client';

import { useMutation } from '@apollo/client/react';
import { Play } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { createRequestKeys } from '#src/api/request-keys.ts';
import { useAttempt } from '#src/api/use-attempt.ts';
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
  const { attempt, isBusy, failure } = useAttempt();
  const start = (parameters: JsonRecord) =>
    attempt(async () => {
      const { data } = await send({
        variables: { input: { pipelineId, parameters, idempotencyKey: keyFor(parameters) } },
      });
      if (data?.startRun.__typename !== 'StartRunSuccess') return data?.startRun;
      router.push(`/t/${slug}/runs/${data.startRun.run.id}`);
      return 'leaving';
    });
  return { start, isBusy, failure };
}
