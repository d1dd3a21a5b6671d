'use client';

import { useQuery } from '@apollo/client/react';
import { Puzzle } from 'lucide-react';
import type { ReactNode } from 'react';
import { graphql } from '#src/gql/index.ts';
import type { PortalInstallationsQuery } from '#src/gql/graphql.ts';
import { useTenant } from '#src/shell/tenant-context.tsx';
import { LoadMore } from '#src/ui/load-more.tsx';
import { EmptyState, ErrorNotice } from '#src/ui/notices.tsx';
import { Card, PageBody, PageHeader } from '#src/ui/page.tsx';
import { RelativeTime } from '#src/ui/relative-time.tsx';
import { RowSkeletons } from '#src/ui/skeleton.tsx';

const PortalInstallations = graphql(`
  query PortalInstallations($slug: String!, $after: String) {
    tenant(slug: $slug) {
      id
      sandbox { level isAvailable }
      installations(first: 25, after: $after) {
        edges {
          cursor
          node {
            id
            pluginName
            version
            integrity
            updatedAt
            grant { net secrets blobs memoryMb cpuMs timeoutMs }
            plugin { id title description contributions { kind name title } }
          }
        }
        pageInfo { endCursor hasNextPage }
      }
    }
  }
`);

type Sandbox = NonNullable<PortalInstallationsQuery['tenant']>['sandbox'];
type Installation = NonNullable<PortalInstallationsQuery['tenant']>['installations']['edges'][number]['node'];

/** What a tenant has installed, and what it allows each plugin. */
export function InstalledPlugins() {
  const { slug } = useTenant();
  const { data, error, fetchMore, refetch } = useQuery(PortalInstallations, {
    variables: { slug },
    fetchPolicy: 'cache-and-network',
  });
  const installations = data?.tenant?.installations;
  return (
    <>
      <PageHeader title="Plugins" meta="Installed in this tenant, with what each may reach." />
      <PageBody>
        {error && !data && (
          <ErrorNotice title="Could not load the plugins" message={error.message} onRetry={() => void refetch()} />
        )}
        <SandboxNotice sandbox={data?.tenant?.sandbox} />
        <Card>
          {!installations && !error && <RowSkeletons />}
          {installations?.edges.length === 0 && (
            <EmptyState icon={<Puzzle aria-hidden />} title="No plugins installed">
              Publish one to the registry, install it with <code className="font-mono text-xs">ia-plugin install</code>,
              and it appears here.
            </EmptyState>
          )}
          <ul className="divide-y divide-line">
            {installations?.edges.map(({ node }) => (
              <InstallationRow key={node.id} installation={node} />
            ))}
          </ul>
          <LoadMore
            hasMore={installations?.pageInfo.hasNextPage ?? false}
            onLoad={() => fetchMore({ variables: { after: installations?.pageInfo.endCursor ?? null } })}
          />
        </Card>
      </PageBody>
    </>
  );
}

/** What an operator must not overlook: plugins that can't run here, or that are isolated less than they could be. */
function SandboxNotice({ sandbox }: Readonly<{ sandbox: Sandbox | undefined }>) {
  if (!sandbox) return null;
  if (!sandbox.isAvailable) {
    return (
      <ErrorNotice
        title="Installed plugins can not run"
        message="The machine that runs pipelines has no sandbox for them. Built-in steps work; steps of installed plugins fail."
      />
    );
  }
  if (sandbox.level === 'CAGED') return null;
  return (
    <p role="note" className="mb-4 rounded-lg border border-line bg-sunken px-4 py-3 text-sm text-muted">
      Plugins are isolated by Deno&rsquo;s permissions alone: the operator has switched the cage of namespaces off.
    </p>
  );
}

function InstallationRow({ installation }: Readonly<{ installation: Installation }>) {
  const { plugin, pluginName, version, integrity, grant, updatedAt } = installation;
  return (
    <li className="flex gap-3 px-4 py-3.5">
      <span className="grid size-9 shrink-0 place-items-center rounded-lg border border-line bg-sunken text-muted">
        <Puzzle className="size-4.5" aria-hidden />
      </span>
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium">{plugin?.title ?? pluginName}</span>
          <span className="font-mono text-xs wrap-anywhere text-muted">
            {pluginName}@{version}
          </span>
        </p>
        {plugin && <p className="mt-0.5 text-muted">{plugin.description}</p>}
        {plugin && plugin.contributions.length > 0 && (
          <p className="mt-1 text-xs text-muted">
            {plugin.contributions.map(({ kind, name }) => `${kind.toLowerCase()} ${name}`).join(', ')}
          </p>
        )}
        <ul aria-label="Granted" className="mt-2 flex flex-wrap gap-1.5">
          {describeGrant(grant).map((item) => (
            <GrantChip key={item}>{item}</GrantChip>
          ))}
        </ul>
        <p className="mt-2 truncate font-mono text-2xs text-faint" title={integrity}>
          {integrity}
        </p>
      </div>
      <span className="shrink-0 text-muted max-sm:hidden">
        <RelativeTime at={updatedAt} />
      </span>
    </li>
  );
}

function GrantChip({ children }: Readonly<{ children: ReactNode }>) {
  return <li className="rounded-full border border-line bg-sunken px-2 py-0.5 text-2xs text-muted">{children}</li>;
}

function describeGrant({ net, secrets, blobs, memoryMb, cpuMs, timeoutMs }: Installation['grant']): string[] {
  return [
    ...(net.length === 0 ? ['no network'] : net.map((host) => `reaches ${host}`)),
    ...secrets.map((name) => `reads secret ${name}`),
    ...(blobs ? ['keeps and reads files of runs'] : []),
    ...(memoryMb === null ? [] : [`${memoryMb} MB memory`]),
    ...(cpuMs === null ? [] : [`${cpuMs} ms CPU`]),
    ...(timeoutMs === null ? [] : [`${timeoutMs} ms at most`]),
  ];
}
