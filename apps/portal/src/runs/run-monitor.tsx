'use client';

import { useQuery } from '@apollo/client/react';
import { SearchX } from 'lucide-react';
import { useEffect, useState } from 'react';
import { graphql } from '#src/gql/index.ts';
import { GraphView } from '#src/graph/graph-view.tsx';
import { EmptyState, ErrorNotice } from '#src/ui/notices.tsx';
import { Card, PageBody } from '#src/ui/page.tsx';
import { RowSkeletons, Skeleton } from '#src/ui/skeleton.tsx';
import { EventLog } from './event-log.tsx';
import { RunHeader } from './run-header.tsx';
import { RunSummary } from './run-summary.tsx';
import { isFinished } from './run-progress.ts';
import { StepPanel } from './step-panel.tsx';
import { type RunFeed, useRunEvents } from './use-run-events.ts';
import type { ShownRun } from './shown-run.ts';

const PortalRun = graphql(`
  query PortalRun($id: ID!) {
    node(id: $id) {
      __typename
      ... on Run {
        id
        status
        waitReason
        parameters
        outputs
        createdAt
        startedAt
        finishedAt
        durationMs
        error { code message hint }
        pipeline { id name }
        pipelineVersion { id version revision definition plugins { alias name version integrity } }
      }
    }
  }
`);

/** A run's page: its graph, coloured as its events arrive. */
export function RunMonitor({ runId }: Readonly<{ runId: string }>) {
  const { data, error, refetch } = useQuery(PortalRun, { variables: { id: runId }, fetchPolicy: 'cache-and-network' });
  const feed = useRunEvents(runId);
  const hasFinished = isFinished(feed.progress.status);
  const isCutOff = feed.state === 'reconnecting';
  useEffect(() => {
    // A lost connection may mean an ended session, which the answer tells; that there is none is shown by the feed.
    if (hasFinished || isCutOff) refetch().catch(() => undefined);
  }, [hasFinished, isCutOff, refetch]);

  if (error && !data) {
    return (
      <PageBody className="pt-8">
        <ErrorNotice title="Could not load the run" message={error.message} onRetry={() => void refetch()} />
      </PageBody>
    );
  }
  if (data === undefined) return <RunSkeleton />;
  if (data.node?.__typename !== 'Run') {
    return (
      <EmptyState icon={<SearchX aria-hidden />} title="Run not found">
        It does not exist, or you may not see it.
      </EmptyState>
    );
  }
  return <RunDetails run={data.node} feed={feed} />;
}

function RunDetails({ run, feed }: Readonly<{ run: ShownRun; feed: RunFeed }>) {
  const [selectedStepId, setSelectedStepId] = useState<string | null>(null);
  const { progress } = feed;
  return (
    <>
      <RunHeader run={run} feed={feed} />
      <PageBody>
        <Card className="h-80 max-sm:h-112">
          <GraphView
            definition={run.pipelineVersion.definition}
            progress={progress}
            selectedStepId={selectedStepId}
            onSelect={setSelectedStepId}
          />
        </Card>
        <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
          <Card className="lg:order-last">
            {selectedStepId === null ? (
              <RunSummary run={run} progress={progress} />
            ) : (
              <StepPanel
                stepId={selectedStepId}
                step={progress.steps.get(selectedStepId) ?? null}
                definition={run.pipelineVersion.definition}
                onClose={() => setSelectedStepId(null)}
              />
            )}
          </Card>
          <EventLog feed={feed} onSelect={setSelectedStepId} />
        </div>
      </PageBody>
    </>
  );
}

function RunSkeleton() {
  return (
    <>
      <div className="grid gap-3 px-4 pt-7 pb-5 sm:px-8">
        <Skeleton className="w-24" />
        <Skeleton className="h-6 w-64" />
      </div>
      <PageBody>
        <Skeleton className="h-88 rounded-xl" />
        <Card>
          <RowSkeletons />
        </Card>
      </PageBody>
    </>
  );
}
