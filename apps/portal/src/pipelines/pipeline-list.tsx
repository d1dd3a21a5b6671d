'use client';

import { useQuery } from '@apollo/client/react';
import { Plus, Search, Workflow } from 'lucide-react';
import Link from 'next/link';
import { useDeferredValue, useState } from 'react';
import { graphql } from '#src/gql/index.ts';
import type { PortalPipelinesQuery } from '#src/gql/graphql.ts';
import { useTenant } from '#src/shell/tenant-context.tsx';
import { buttonClasses } from '#src/ui/button.tsx';
import { classNames } from '#src/ui/class-names.ts';
import { INPUT_CLASSES } from '#src/ui/field.tsx';
import { LoadMore } from '#src/ui/load-more.tsx';
import { EmptyState, ErrorNotice } from '#src/ui/notices.tsx';
import { Card, PageBody, PageHeader } from '#src/ui/page.tsx';
import { RelativeTime } from '#src/ui/relative-time.tsx';
import { RowSkeletons } from '#src/ui/skeleton.tsx';
import { StatusBadge } from '#src/ui/status-badge.tsx';

const PortalPipelines = graphql(`
  query PortalPipelines($slug: String!, $search: String, $after: String) {
    tenant(slug: $slug) {
      id
      pipelines(first: 20, after: $after, search: $search) {
        edges {
          cursor
          node {
            id
            name
            version
            updatedAt
            lastRun: runs(first: 1) { nodes { id status createdAt } }
          }
        }
        pageInfo { endCursor hasNextPage }
      }
    }
  }
`);

type ShownPipeline = NonNullable<PortalPipelinesQuery['tenant']>['pipelines']['edges'][number]['node'];

export function PipelineList() {
  const { slug } = useTenant();
  const [typed, setTyped] = useState('');
  const search = useDeferredValue(typed.trim());
  const { data, previousData, error, fetchMore, refetch } = useQuery(PortalPipelines, {
    variables: { slug, search: search === '' ? null : search },
    fetchPolicy: 'cache-and-network',
  });
  const pipelines = (data ?? previousData)?.tenant?.pipelines;
  return (
    <>
      <PageHeader title="Pipelines" actions={<NewPipelineLink />} />
      <PageBody>
        <SearchBox value={typed} onChange={setTyped} />
        {error && !data && (
          <ErrorNotice title="Could not load the pipelines" message={error.message} onRetry={() => void refetch()} />
        )}
        <Card>
          {!pipelines && !error && <RowSkeletons />}
          {pipelines?.edges.length === 0 && <NoPipelines search={search} />}
          <ul className="divide-y divide-line">
            {pipelines?.edges.map(({ node }) => (
              <PipelineRow key={node.id} pipeline={node} />
            ))}
          </ul>
          <LoadMore
            hasMore={pipelines?.pageInfo.hasNextPage ?? false}
            onLoad={() => fetchMore({ variables: { after: pipelines?.pageInfo.endCursor ?? null } })}
          />
        </Card>
      </PageBody>
    </>
  );
}

function SearchBox({ value, onChange }: Readonly<{ value: string; onChange: (value: string) => void }>) {
  return (
    <div className="relative max-w-sm">
      <Search className="pointer-events-none absolute top-2.5 left-2.5 size-4 text-faint max-sm:top-3" aria-hidden />
      <input
        type="search"
        aria-label="Search pipelines"
        placeholder="Search by name"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className={classNames(INPUT_CLASSES, 'pl-8')}
      />
    </div>
  );
}

function NewPipelineLink() {
  const { slug, viewerPermissions } = useTenant();
  if (!viewerPermissions.includes('pipeline.write')) return null;
  return (
    <Link href={`/t/${slug}/pipelines/new`} className={buttonClasses('primary')}>
      <Plus className="size-4" aria-hidden />
      New pipeline
    </Link>
  );
}

function NoPipelines({ search }: Readonly<{ search: string }>) {
  if (search !== '') {
    return <EmptyState icon={<Search aria-hidden />} title={`No pipeline is named like “${search}”`} />;
  }
  return (
    <EmptyState icon={<Workflow aria-hidden />} title="No pipelines yet" action={<NewPipelineLink />}>
      A pipeline is a graph of steps that runs durably, step by step.
    </EmptyState>
  );
}

function PipelineRow({ pipeline }: Readonly<{ pipeline: ShownPipeline }>) {
  const { slug } = useTenant();
  return (
    <li className="relative flex min-h-13 items-center gap-4 px-4 py-2 transition-colors hover:bg-hover/60">
      <div className="min-w-0 flex-1">
        <Link
          href={`/t/${slug}/pipelines/${pipeline.id}`}
          className="block truncate font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus"
        >
          {pipeline.name}
        </Link>
        <p className="text-xs text-muted">
          v{pipeline.version} · saved <RelativeTime at={pipeline.updatedAt} />
        </p>
      </div>
      <LastRun run={pipeline.lastRun.nodes[0] ?? null} />
    </li>
  );
}

type LastRunProps = Readonly<{ run: ShownPipeline['lastRun']['nodes'][number] | null }>;

function LastRun({ run }: LastRunProps) {
  if (run === null) return <span className="text-muted max-sm:hidden">Never run</span>;
  return (
    <span className="flex items-center gap-3">
      <span className="text-muted max-sm:hidden">
        Ran <RelativeTime at={run.createdAt} />
      </span>
      <StatusBadge status={run.status} />
    </span>
  );
}
