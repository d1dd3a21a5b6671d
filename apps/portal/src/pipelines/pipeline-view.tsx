'use client';

import { useQuery } from '@apollo/client/react';
import { Activity, PencilLine, SearchX } from 'lucide-react';
import Link from 'next/link';
import { graphql } from '#src/gql/index.ts';
import type { PortalPipelineQuery } from '#src/gql/graphql.ts';
import { readString } from '#src/definition/json-record.ts';
import { GraphView } from '#src/graph/graph-view.tsx';
import { RunRows } from '#src/runs/run-rows.tsx';
import { useTenant } from '#src/shell/tenant-context.tsx';
import { buttonClasses } from '#src/ui/button.tsx';
import { JsonBlock } from '#src/ui/json-block.tsx';
import { EmptyState, ErrorNotice } from '#src/ui/notices.tsx';
import { Card, PageBody, PageHeader } from '#src/ui/page.tsx';
import { RelativeTime } from '#src/ui/relative-time.tsx';
import { Skeleton } from '#src/ui/skeleton.tsx';
import { Tabs } from '#src/ui/tabs.tsx';
import { StartRun } from './start-run.tsx';

const PortalPipeline = graphql(`
  query PortalPipeline($id: ID!) {
    node(id: $id) {
      __typename
      ... on Pipeline {
        id
        name
        version
        revision
        definition
        updatedAt
        archivedAt
        runs(first: 10) { edges { cursor node { ...RunRow } } pageInfo { endCursor hasNextPage } }
        versions(first: 15) {
          edges { cursor node { id revision version createdAt plugins { alias name version } } }
          pageInfo { endCursor hasNextPage }
        }
      }
    }
  }
`);

const REFRESH_MS = 5_000;

type ShownPipeline = Extract<NonNullable<PortalPipelineQuery['node']>, { __typename: 'Pipeline' }>;

export function PipelineView({ pipelineId }: Readonly<{ pipelineId: string }>) {
  const { data, error, refetch } = useQuery(PortalPipeline, {
    variables: { id: pipelineId },
    fetchPolicy: 'cache-and-network',
    pollInterval: REFRESH_MS,
  });
  if (error && !data) {
    return (
      <PageBody className="pt-8">
        <ErrorNotice title="Could not load the pipeline" message={error.message} onRetry={() => void refetch()} />
      </PageBody>
    );
  }
  if (data === undefined) return <PipelineSkeleton />;
  if (data.node?.__typename !== 'Pipeline') {
    return (
      <EmptyState icon={<SearchX aria-hidden />} title="Pipeline not found">
        It does not exist, or you may not see it.
      </EmptyState>
    );
  }
  return <PipelineDetails pipeline={data.node} />;
}

function PipelineDetails({ pipeline }: Readonly<{ pipeline: ShownPipeline }>) {
  const { slug, viewerPermissions } = useTenant();
  const description = readString(pipeline.definition, 'description');
  return (
    <>
      <PageHeader
        parent={{ href: `/t/${slug}/pipelines`, label: 'Pipelines' }}
        title={pipeline.name}
        meta={
          <>
            <span>v{pipeline.version}</span>
            <span>
              Saved <RelativeTime at={pipeline.updatedAt} />
            </span>
            {pipeline.archivedAt !== null && <span className="text-waiting">Archived</span>}
          </>
        }
        actions={
          <>
            {viewerPermissions.includes('pipeline.write') && (
              <Link href={`/t/${slug}/pipelines/${pipeline.id}/edit`} className={buttonClasses('secondary')}>
                <PencilLine className="size-3.5" aria-hidden />
                Edit
              </Link>
            )}
            {viewerPermissions.includes('run.start') && pipeline.archivedAt === null && (
              <StartRun pipelineId={pipeline.id} pipelineName={pipeline.name} definition={pipeline.definition} />
            )}
          </>
        }
      />
      <PageBody>
        {description !== null && <p className="max-w-prose text-muted">{description}</p>}
        <Card className="h-80 max-sm:h-112">
          <GraphView definition={pipeline.definition} />
        </Card>
        <Card>
          <PipelineTabs pipeline={pipeline} />
        </Card>
      </PageBody>
    </>
  );
}

function PipelineTabs({ pipeline }: Readonly<{ pipeline: ShownPipeline }>) {
  const runs = pipeline.runs.edges.map(({ node }) => node);
  return (
    <Tabs
      label="Pipeline details"
      tabs={[
        {
          id: 'runs',
          label: 'Runs',
          content:
            runs.length === 0 ? (
              <EmptyState icon={<Activity aria-hidden />} title="Never run" />
            ) : (
              <RunRows runs={runs} isPipelineShown={false} />
            ),
        },
        {
          id: 'definition',
          label: 'Definition',
          content: (
            <div className="p-4">
              <JsonBlock label="Definition" value={pipeline.definition} />
            </div>
          ),
        },
        { id: 'versions', label: 'Versions', content: <Versions pipeline={pipeline} /> },
      ]}
    />
  );
}

function Versions({ pipeline }: Readonly<{ pipeline: ShownPipeline }>) {
  return (
    <ol className="divide-y divide-line">
      {pipeline.versions.edges.map(({ node }) => (
        <li key={node.id} className="flex min-h-12 flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2">
          <span className="font-medium">v{node.version}</span>
          {node.revision === pipeline.revision && (
            <span className="rounded-full bg-accent-soft px-2 py-0.5 text-2xs font-medium text-accent-text">
              Current
            </span>
          )}
          <span className="text-muted">revision {node.revision}</span>
          <span className="min-w-0 flex-1 truncate font-mono text-2xs text-muted">
            {node.plugins.map(({ name, version }) => `${name}@${version}`).join(', ')}
          </span>
          <span className="text-muted">
            <RelativeTime at={node.createdAt} />
          </span>
        </li>
      ))}
    </ol>
  );
}

function PipelineSkeleton() {
  return (
    <>
      <div className="grid gap-3 px-4 pt-7 pb-5 sm:px-8">
        <Skeleton className="w-20" />
        <Skeleton className="h-6 w-56" />
      </div>
      <PageBody>
        <Skeleton className="h-80 rounded-xl" />
        <Skeleton className="h-48 rounded-xl" />
      </PageBody>
    </>
  );
}
