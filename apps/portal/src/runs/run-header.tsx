'use client';

import { useMutation } from '@apollo/client/react';
import { Ban, Radio, RefreshCw, WifiOff } from 'lucide-react';
import { useAttempt } from '#src/api/use-attempt.ts';
import { graphql } from '#src/gql/index.ts';
import { useTenant } from '#src/shell/tenant-context.tsx';
import { Button } from '#src/ui/button.tsx';
import { CopyButton } from '#src/ui/copy-button.tsx';
import { formatDuration, shortId } from '#src/ui/format.ts';
import { ErrorNotice } from '#src/ui/notices.tsx';
import { PageHeader } from '#src/ui/page.tsx';
import { RelativeTime } from '#src/ui/relative-time.tsx';
import { StatusBadge } from '#src/ui/status-badge.tsx';
import type { FeedState } from './follow-events.ts';
import type { ShownRun } from './shown-run.ts';
import { isFinished } from './run-progress.ts';
import { waitText } from './wait-text.ts';
import type { RunFeed } from './use-run-events.ts';

const PortalCancelRun = graphql(`
  mutation PortalCancelRun($input: CancelRunInput!) {
    cancelRun(input: $input) {
      __typename
      ... on CancelRunSuccess { run { id status } }
      ... on Error { code message hint }
    }
  }
`);

export function RunHeader({ run, feed }: Readonly<{ run: ShownRun; feed: RunFeed }>) {
  const { slug, viewerPermissions } = useTenant();
  const status = feed.progress.status ?? run.status;
  const waitReason = feed.progress.status === null ? run.waitReason : feed.progress.waitReason;
  const { cancel, isBusy, failure } = useCancelRun(run.id);
  const canCancel = viewerPermissions.includes('run.cancel') && !isFinished(status);
  return (
    <>
      <PageHeader
        parent={{ href: `/t/${slug}/pipelines/${run.pipeline.id}`, label: run.pipeline.name }}
        title={
          <span className="flex items-center gap-3">
            <span>Run {shortId(run.id)}</span>
            <StatusBadge status={status} detail={waitText(waitReason)} testId="run-status" />
          </span>
        }
        meta={
          <>
            <span>v{run.pipelineVersion.version}</span>
            <span>
              Started <RelativeTime at={run.startedAt ?? run.createdAt} />
            </span>
            {run.durationMs !== null && <span className="tabular-nums">Took {formatDuration(run.durationMs)}</span>}
            <FeedBadge state={feed.state} />
          </>
        }
        actions={
          <>
            <CopyButton text={run.id} label="Copy run id" />
            {canCancel && (
              <Button look="danger" isBusy={isBusy} onClick={() => void cancel()}>
                <Ban className="size-3.5" aria-hidden />
                Cancel run
              </Button>
            )}
          </>
        }
      />
      {failure !== null && (
        <div className="px-4 pb-4 sm:px-8">
          <ErrorNotice title="Could not cancel the run" message={failure.message} hint={failure.hint ?? null} />
        </div>
      )}
    </>
  );
}

function useCancelRun(runId: string) {
  const [send] = useMutation(PortalCancelRun);
  const { attempt, isBusy, failure } = useAttempt();
  const cancel = () =>
    attempt(async () => {
      const { data } = await send({ variables: { input: { runId } } });
      return data?.cancelRun.__typename === 'CancelRunSuccess' ? undefined : data?.cancelRun;
    });
  return { cancel, isBusy, failure };
}

function FeedBadge({ state }: Readonly<{ state: FeedState }>) {
  switch (state) {
    case 'live':
      return (
        <span className="inline-flex items-center gap-1.5 text-running">
          <Radio className="size-3.5 animate-[status-pulse_1.6s_ease-in-out_infinite]" aria-hidden />
          Live
        </span>
      );
    case 'reconnecting':
      return (
        <span role="status" className="inline-flex items-center gap-1.5 text-waiting">
          <RefreshCw className="size-3.5 animate-spin" aria-hidden />
          Connection lost, resuming
        </span>
      );
    case 'refused':
      return (
        <span role="status" className="inline-flex items-center gap-1.5 text-failed">
          <WifiOff className="size-3.5" aria-hidden />
          No live events
        </span>
      );
    default:
      return null;
  }
}
