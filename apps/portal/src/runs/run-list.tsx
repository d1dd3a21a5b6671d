'use client';

import { useQuery } from '@apollo/client/react';
import { Activity } from 'lucide-react';
import { useEffect, useState } from 'react';
import { graphql } from '#src/gql/index.ts';
import type { RunStatus } from '#src/gql/graphql.ts';
import { useTenant } from '#src/shell/tenant-context.tsx';
import { classNames } from '#src/ui/class-names.ts';
import { LoadMore } from '#src/ui/load-more.tsx';
import { EmptyState, ErrorNotice } from '#src/ui/notices.tsx';
import { Card, PageBody, PageHeader } from '#src/ui/page.tsx';
import { RowSkeletons } from '#src/ui/skeleton.tsx';
import { STATUS_LOOKS } from '#src/ui/status-badge.tsx';
import { RunRows } from './run-rows.tsx';

const PortalRuns = graphql(`
  query PortalRuns($slug: String!, $status: [RunStatus!], $after: String) {
    tenant(slug: $slug) {
      id
      runs(first: 25, after: $after, status: $status) {
        edges { cursor node { ...RunRow } }
        pageInfo { endCursor hasNextPage }
      }
    }
  }
`);

const PAGE_SIZE = 25;
const REFRESH_MS = 5_000;
const FILTERS: readonly (RunStatus | null)[] = [null, 'running', 'waiting', 'succeeded', 'failed', 'canceled'];

export function RunList() {
  const { slug } = useTenant();
  const [status, setStatus] = useState<RunStatus | null>(null);
  const { data, error, fetchMore, refetch, startPolling, stopPolling } = useQuery(PortalRuns, {
    variables: { slug, status: status === null ? null : [status] },
    fetchPolicy: 'cache-and-network',
  });
  const runs = data?.tenant?.runs;
  const isFirstPage = (runs?.edges.length ?? 0) <= PAGE_SIZE;
  useEffect(() => {
    // A refresh brings the first page only, so it would take the further ones away.
    if (!isFirstPage) return undefined;
    startPolling(REFRESH_MS);
    return stopPolling;
  }, [isFirstPage, startPolling, stopPolling]);
  return (
    <>
      <PageHeader title="Runs" />
      <PageBody>
        <StatusFilter status={status} onChange={setStatus} />
        {error && !data && (
          <ErrorNotice title="Could not load the runs" message={error.message} onRetry={() => void refetch()} />
        )}
        <Card>
          {!runs && !error && <RowSkeletons />}
          {runs?.edges.length === 0 && (
            <EmptyState icon={<Activity aria-hidden />} title={status ? 'No run has this status' : 'No runs yet'}>
              {status === null && 'Start a pipeline, and its runs appear here.'}
            </EmptyState>
          )}
          {runs && <RunRows runs={runs.edges.map(({ node }) => node)} />}
          <LoadMore
            hasMore={runs?.pageInfo.hasNextPage ?? false}
            onLoad={() => fetchMore({ variables: { after: runs?.pageInfo.endCursor ?? null } })}
          />
        </Card>
      </PageBody>
    </>
  );
}

type StatusFilterProps = Readonly<{ status: RunStatus | null; onChange: (status: RunStatus | null) => void }>;

function StatusFilter({ status, onChange }: StatusFilterProps) {
  return (
    <fieldset className="-mx-4 flex min-w-0 gap-1 overflow-x-auto px-4 py-0.5 sm:mx-0 sm:px-0">
      <legend className="sr-only">Filter by status</legend>
      {FILTERS.map((choice) => (
        <button
          key={choice ?? 'all'}
          type="button"
          aria-pressed={choice === status}
          onClick={() => onChange(choice)}
          className={classNames(
            'h-7 shrink-0 rounded-full border border-transparent px-3 text-xs font-medium text-muted hover:bg-hover hover:text-text max-sm:h-9',
            choice === status && 'border-line bg-raised text-text shadow-card',
          )}
        >
          {choice === null ? 'All' : STATUS_LOOKS[choice].label}
        </button>
      ))}
    </fieldset>
  );
}
