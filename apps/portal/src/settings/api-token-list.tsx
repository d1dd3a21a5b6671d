'use client';

import { useMutation, useQuery } from '@apollo/client/react';
import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import { MutationFailureNotice } from '#src/api/mutation-failure.tsx';
import { useAttempt } from '#src/api/use-attempt.ts';
import { graphql } from '#src/gql/index.ts';
import type { PortalApiTokensQuery } from '#src/gql/graphql.ts';
import { useTenant } from '#src/shell/tenant-context.tsx';
import { Button } from '#src/ui/button.tsx';
import { classNames } from '#src/ui/class-names.ts';
import { LoadMore } from '#src/ui/load-more.tsx';
import { EmptyState, ErrorNotice } from '#src/ui/notices.tsx';
import { Card, PageBody, PageHeader } from '#src/ui/page.tsx';
import { RelativeTime } from '#src/ui/relative-time.tsx';
import { RowSkeletons } from '#src/ui/skeleton.tsx';
import { CreateTokenDialog } from './create-token-dialog.tsx';
import { describeScope } from './token-scopes.ts';

const PortalApiTokens = graphql(`
  query PortalApiTokens($slug: String!, $after: String) {
    tenant(slug: $slug) {
      id
      apiTokens(first: 25, after: $after) {
        edges { cursor node { id name prefix scopes createdAt expiresAt lastUsedAt revokedAt } }
        pageInfo { endCursor hasNextPage }
      }
    }
  }
`);

const PortalRevokeApiToken = graphql(`
  mutation PortalRevokeApiToken($input: RevokeApiTokenInput!) {
    revokeApiToken(input: $input) {
      __typename
      ... on RevokeApiTokenSuccess { apiToken { id revokedAt } }
      ... on Error { code message hint }
    }
  }
`);

type ApiToken = NonNullable<PortalApiTokensQuery['tenant']>['apiTokens']['edges'][number]['node'];

export function ApiTokenList() {
  const { slug, viewerPermissions } = useTenant();
  const [isCreating, setIsCreating] = useState(false);
  const { data, error, fetchMore, refetch } = useQuery(PortalApiTokens, {
    variables: { slug },
    fetchPolicy: 'cache-and-network',
  });
  const { revoke, failure } = useRevokeToken();
  const tokens = data?.tenant?.apiTokens;
  const canCreate = viewerPermissions.includes('token.create');
  const createButton = (
    <Button look="primary" onClick={() => setIsCreating(true)}>
      <Plus className="size-4" aria-hidden />
      Create token
    </Button>
  );
  return (
    <>
      <PageHeader
        title="API tokens"
        meta="For programs that work in this tenant: the API, the registry, the command line."
        actions={canCreate && createButton}
      />
      <PageBody>
        {error && !data && (
          <ErrorNotice title="Could not load the tokens" message={error.message} onRetry={() => void refetch()} />
        )}
        {failure !== null && <MutationFailureNotice title="Could not revoke the token" failure={failure} />}
        <Card>
          {!tokens && !error && <RowSkeletons />}
          {tokens?.edges.length === 0 && <EmptyState icon={<KeyRound aria-hidden />} title="No tokens yet" />}
          <ul className="divide-y divide-line">
            {tokens?.edges.map(({ node }) => (
              <TokenRow
                key={node.id}
                token={node}
                onRevoke={viewerPermissions.includes('token.revoke') ? () => revoke(node.id) : null}
              />
            ))}
          </ul>
          <LoadMore
            hasMore={tokens?.pageInfo.hasNextPage ?? false}
            onLoad={() => fetchMore({ variables: { after: tokens?.pageInfo.endCursor ?? null } })}
          />
        </Card>
      </PageBody>
      <CreateTokenDialog isOpen={isCreating} onOpenChange={setIsCreating} onCreated={() => void refetch()} />
    </>
  );
}

function useRevokeToken() {
  const [send] = useMutation(PortalRevokeApiToken);
  const { attempt, failure } = useAttempt();
  const revoke = (id: string) =>
    attempt(async () => {
      const { data } = await send({ variables: { input: { id } } });
      return data?.revokeApiToken.__typename === 'RevokeApiTokenSuccess' ? undefined : data?.revokeApiToken;
    });
  return { revoke, failure };
}

type TokenRowProps = Readonly<{ token: ApiToken; onRevoke: (() => Promise<void>) | null }>;

function TokenRow({ token, onRevoke }: TokenRowProps) {
  const isRevoked = token.revokedAt !== null;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className={classNames('min-w-0 flex-1 basis-60', isRevoked && 'text-muted')}>
        <p className="flex items-baseline gap-2">
          <span className={classNames('truncate font-medium', isRevoked && 'line-through')}>{token.name}</span>
          <span className="font-mono text-2xs text-faint">{token.prefix}…</span>
        </p>
        <p className="mt-0.5 text-xs text-muted">{token.scopes.map(describeScope).join(', ')}</p>
      </div>
      <p className="text-right text-xs text-muted max-sm:text-left">
        <TokenTimes token={token} />
      </p>
      {onRevoke !== null && !isRevoked && <RevokeButton name={token.name} onRevoke={onRevoke} />}
    </li>
  );
}

/** Asks once more before it acts, since a revoked token stays revoked. */
function RevokeButton({ name, onRevoke }: Readonly<{ name: string; onRevoke: () => Promise<void> }>) {
  const [isArmed, setIsArmed] = useState(false);
  return (
    <Button
      look={isArmed ? 'danger' : 'ghost'}
      aria-label={isArmed ? `Confirm to revoke ${name}` : `Revoke ${name}`}
      onBlur={() => setIsArmed(false)}
      onClick={() => (isArmed ? void onRevoke() : setIsArmed(true))}
    >
      {isArmed ? 'Confirm' : 'Revoke'}
    </Button>
  );
}

function TokenTimes({ token: { revokedAt, lastUsedAt, expiresAt } }: Readonly<{ token: ApiToken }>) {
  if (revokedAt !== null) {
    return (
      <>
        Revoked <RelativeTime at={revokedAt} />
      </>
    );
  }
  return (
    <>
      {lastUsedAt === null ? (
        'Never used'
      ) : (
        <>
          Used <RelativeTime at={lastUsedAt} />
        </>
      )}
      {' · '}
      {expiresAt === null ? (
        'never expires'
      ) : (
        <>
          expires <RelativeTime at={expiresAt} />
        </>
      )}
    </>
  );
}
