'use client';

import { useQuery } from '@apollo/client/react';
import { graphql } from '#src/gql/index.ts';
import { useTenant } from '#src/shell/tenant-context.tsx';
import { LoadMore } from '#src/ui/load-more.tsx';
import { ErrorNotice } from '#src/ui/notices.tsx';
import { Card, PageBody, PageHeader } from '#src/ui/page.tsx';
import { RelativeTime } from '#src/ui/relative-time.tsx';
import { RowSkeletons } from '#src/ui/skeleton.tsx';

const PortalMembers = graphql(`
  query PortalMembers($slug: String!, $after: String) {
    tenant(slug: $slug) {
      id
      members(first: 25, after: $after) {
        edges { cursor node { role joinedAt user { id name email } } }
        pageInfo { endCursor hasNextPage }
      }
    }
  }
`);

export function MemberList() {
  const { slug } = useTenant();
  const { data, error, fetchMore, refetch } = useQuery(PortalMembers, {
    variables: { slug },
    fetchPolicy: 'cache-and-network',
  });
  const members = data?.tenant?.members;
  return (
    <>
      <PageHeader title="Members" meta="Who may work in this tenant." />
      <PageBody>
        {error && !data && (
          <ErrorNotice title="Could not load the members" message={error.message} onRetry={() => void refetch()} />
        )}
        <Card>
          {!members && !error && <RowSkeletons />}
          <ul className="divide-y divide-line">
            {members?.edges.map(({ node: { user, role, joinedAt } }) => (
              <li key={user.id} className="flex min-h-14 items-center gap-3 px-4 py-2">
                <span
                  aria-hidden
                  className="grid size-8 shrink-0 place-items-center rounded-full border border-line bg-sunken font-medium text-muted uppercase"
                >
                  {user.name.slice(0, 1)}
                </span>
                <span className="min-w-0 flex-1">
                  <span className="block truncate font-medium">{user.name}</span>
                  <span className="block truncate text-muted">{user.email}</span>
                </span>
                <span className="rounded-full border border-line px-2 py-0.5 text-xs text-muted">{role}</span>
                <span className="w-28 text-right text-muted max-sm:hidden">
                  <RelativeTime at={joinedAt} />
                </span>
              </li>
            ))}
          </ul>
          <LoadMore
            hasMore={members?.pageInfo.hasNextPage ?? false}
            onLoad={() => fetchMore({ variables: { after: members?.pageInfo.endCursor ?? null } })}
          />
        </Card>
      </PageBody>
    </>
  );
}
