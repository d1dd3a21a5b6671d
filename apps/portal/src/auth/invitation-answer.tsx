'use client';

import { useMutation } from '@apollo/client/react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { MutationFailureNotice } from '#src/api/mutation-failure.tsx';
import { useAttempt } from '#src/api/use-attempt.ts';
import { graphql } from '#src/gql/index.ts';
import { Button } from '#src/ui/button.tsx';
import { useFragmentToken } from './fragment-token.ts';

const PortalAcceptInvitation = graphql(`
  mutation PortalAcceptInvitation($input: AnswerInvitationInput!) {
    acceptInvitation(input: $input) {
      __typename
      ... on AcceptInvitationSuccess { tenant { id slug } }
      ... on Error { code message hint }
    }
  }
`);

const PortalDeclineInvitation = graphql(`
  mutation PortalDeclineInvitation($input: AnswerInvitationInput!) {
    declineInvitation(input: $input) {
      __typename
      ... on Error { code message hint }
    }
  }
`);

type InvitationAnswerProps = Readonly<{ id: string; email: string; tenantName: string | null }>;

/** Joins a tenant, or does not. */
export function InvitationAnswer({ id, email, tenantName }: InvitationAnswerProps) {
  const { accept, decline, isBusy, failure, isDeclined } = useAnswer(id);
  if (isDeclined) {
    return (
      <div role="status" className="grid gap-4">
        <p className="text-muted">The invitation is declined.</p>
        <Link href="/" className="text-center text-muted hover:text-text">
          Continue
        </Link>
      </div>
    );
  }
  return (
    <div className="grid gap-4">
      <div>
        <h1 className="text-base font-semibold">{tenantName === null ? 'Join a tenant' : `Join ${tenantName}`}</h1>
        <p className="mt-1 text-muted">You answer as {email}.</p>
      </div>
      {failure !== null && <MutationFailureNotice title="Could not answer" failure={failure} />}
      <div className="grid grid-cols-2 gap-2">
        <Button disabled={isBusy} onClick={() => void decline()}>
          Decline
        </Button>
        <Button look="primary" isBusy={isBusy} onClick={() => void accept()}>
          Accept
        </Button>
      </div>
    </div>
  );
}

function useAnswer(id: string) {
  const router = useRouter();
  const token = useFragmentToken();
  const [isDeclined, setIsDeclined] = useState(false);
  const [sendAccept] = useMutation(PortalAcceptInvitation);
  const [sendDecline] = useMutation(PortalDeclineInvitation);
  const { attempt, isBusy, failure } = useAttempt();
  const input = { id, token: token === null || token === '' ? null : token };
  const accept = () =>
    attempt(async () => {
      const { data } = await sendAccept({ variables: { input } });
      if (data?.acceptInvitation.__typename !== 'AcceptInvitationSuccess') return data?.acceptInvitation;
      router.push(`/t/${data.acceptInvitation.tenant.slug}`);
      router.refresh();
      return 'leaving';
    });
  const decline = () =>
    attempt(async () => {
      const { data } = await sendDecline({ variables: { input } });
      if (data?.declineInvitation.__typename !== 'DeclineInvitationSuccess') return data?.declineInvitation;
      setIsDeclined(true);
      return undefined;
    });
  return { accept, decline, isBusy, failure, isDeclined };
}
