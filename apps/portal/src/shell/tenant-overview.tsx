'use client';

import { useQuery } from '@apollo/client/react';
import { Activity } from 'lucide-react';
import Link from 'next/link';
import { graphql } from '#src/gql/index.ts';
import type { PortalOverviewQuery } from '#src/gql/graphql.ts';
import { RunRows } from '#src/runs/run-rows.tsx';
import { formatDuration } from '#src/ui/format.ts';
import { EmptyState, ErrorNotice } from '#src/ui/notices.tsx';
import { Card, PageBody, PageHeader } from '#src/ui/page.tsx';
import { RowSkeletons, Skeleton } from '#src/ui/skeleton.tsx';
import { summarizeRuns } from './run-statistics.ts';
import { useTenant } from './tenant-context.tsx';

const PortalOverview = graphql(`
  query PortalOverview($slug: String!) {
    tenant(slug: $slug) {
      id
      recent: runs(first: 20) { edges { cursor node { ...RunRow } } }
      active: runs(first: 20, status: [pending, running, waiting]) {
        edges { cursor node { id status } }
        pageInfo { hasNextPage }
      }
    }
  }
`);

const REFRESH_MS = 5_000;
const SHOWN_RUNS = 8;

type Overview = NonNullable<PortalOverviewQuery['tenant']>;

/** A tenant's first page: how its latest runs went. */
export function TenantOverview() {
  const { slug, name } = useTenant();
  const { data, error, refetch } = useQuery(PortalOverview, {
    variables: { slug },
    fetchPolicy: 'cache-and-network',
    pollInterval: REFRESH_MS,
  });
  const overview = data?.tenant;
  const recent = overview?.recent.edges.map(({ node }) => node);
  return (
    <>
      <PageHeader title={name} />
      <PageBody>
        {error && !data && (
          <ErrorNotice title="Could not load the overview" message={error.message} onRetry={() => void refetch()} />
        )}
        <Figures overview={overview ?? null} />
        <Card
          title="Recent runs"
          actions={
            <Link href={`/t/${slug}/runs`} className="text-xs font-medium text-accent-text hover:underline">
              All runs
            </Link>
          }
        >
          {!recent && !error && <RowSkeletons />}
          {recent?.length === 0 && (
            <EmptyState icon={<Activity aria-hidden />} title="No runs yet">
              <Link href={`/t/${slug}/pipelines`} className="font-medium text-accent-text hover:underline">
                Choose a pipeline
              </Link>{' '}
              and start it.
            </EmptyState>
          )}
          {recent && <RunRows runs={recent.slice(0, SHOWN_RUNS)} />}
        </Card>
      </PageBody>
    </>
  );
}

function Figures({ overview }: Readonly<{ overview: Overview | null }>) {
  const statistics = overview && summarizeRuns(overview.recent.edges.map(({ node }) => node));
  const activeCount = overview?.active.edges.length;
  const hasMoreActive = overview?.active.pageInfo.hasNextPage === true;
  const window = statistics ? `of the last ${statistics.finishedCount} finished` : '';
  return (
    <dl className="grid grid-cols-4 gap-px overflow-hidden rounded-xl border border-line bg-line shadow-card max-lg:grid-cols-2">
      <Figure
        label="Active now"
        value={activeCount === undefined ? null : `${activeCount}${hasMoreActive ? '+' : ''}`}
      />
      <Figure label="Succeeded" value={statistics?.successShare ?? null} note={window} />
      <Figure label="Failed" value={statistics ? String(statistics.failedCount) : null} note={window} />
      <Figure
        label="Median duration"
        value={statistics ? (statistics.medianMs === null ? '–' : formatDuration(statistics.medianMs)) : null}
      />
    </dl>
  );
}

function Figure({ label, value, note }: Readonly<{ label: string; value: string | null; note?: string }>) {
  return (
    <div className="bg-surface px-4 py-3.5">
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="mt-1.5 text-xl font-semibold tracking-tight tabular-nums">
        {value ?? <Skeleton className="my-1.5 w-14" />}
        {value !== null && note && <span className="ml-2 text-xs font-normal tracking-normal text-faint">{note}</span>}
      </dd>
    </div>
  );
}
