'use client';

import Link from 'next/link';
import { graphql } from '#src/gql/index.ts';
import type { RunRowFragment } from '#src/gql/graphql.ts';
import { useTenant } from '#src/shell/tenant-context.tsx';
import { formatDuration, shortId } from '#src/ui/format.ts';
import { RelativeTime } from '#src/ui/relative-time.tsx';
import { StatusBadge, StatusIcon, STATUS_LOOKS } from '#src/ui/status-badge.tsx';
import { waitText } from './wait-text.ts';

// Declares the fragment that queries elsewhere spread.
graphql(`
  fragment RunRow on Run {
    id
    status
    waitReason
    createdAt
    durationMs
    pipeline { id name }
    pipelineVersion { id version }
  }
`);

type RunRowsProps = Readonly<{ runs: readonly RunRowFragment[]; isPipelineShown?: boolean }>;

/** A list of runs, each leading to its page. */
export function RunRows({ runs, isPipelineShown = true }: RunRowsProps) {
  const { slug } = useTenant();
  return (
    <ul className="divide-y divide-line">
      {runs.map((run) => (
        <li key={run.id}>
          <Link
            href={`/t/${slug}/runs/${run.id}`}
            className="flex min-h-13 items-center gap-4 px-4 py-2 transition-colors hover:bg-hover/60 focus-visible:-outline-offset-2"
          >
            <StatusIcon status={run.status} className="sm:hidden" />
            <span className="w-28 shrink-0 max-sm:hidden">
              <StatusBadge status={run.status} />
            </span>
            <span className="min-w-0 flex-1">
              <span className="block truncate font-medium">
                {isPipelineShown ? run.pipeline.name : shortId(run.id)}
              </span>
              <span className="block truncate text-xs text-muted">
                <span className="sm:hidden">{STATUS_LOOKS[run.status].label} · </span>
                {isPipelineShown && <span className="font-mono text-2xs">{shortId(run.id)} · </span>}v
                {run.pipelineVersion.version}
                {run.waitReason !== null && ` · waits ${waitText(run.waitReason)}`}
              </span>
            </span>
            <span className="w-20 shrink-0 text-right text-muted tabular-nums max-sm:hidden">
              {run.durationMs === null ? '' : formatDuration(run.durationMs)}
            </span>
            <span className="w-28 shrink-0 text-right text-muted">
              <RelativeTime at={run.createdAt} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
