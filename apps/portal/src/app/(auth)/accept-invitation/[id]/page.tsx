import type { Metadata } from 'next';
import { query } from '#src/api/server-client.ts';
import { InvitationAnswer } from '#src/auth/invitation-answer.tsx';
import { InvitationSignIn } from '#src/auth/invitation-sign-in.tsx';
import { readViewer } from '#src/auth/viewer.ts';
import { graphql } from '#src/gql/index.ts';

export const metadata: Metadata = { title: 'Invitation', referrer: 'no-referrer' };

const PortalInvitations = graphql(`
  query PortalInvitations {
    viewer { invitations { id tenantName } }
  }
`);

type Props = Readonly<{ params: Promise<{ id: string }> }>;

/** Until an address is confirmed its invitations are not listed: the token of the mail is what counts then. */
export default async function AcceptInvitationPage({ params }: Props) {
  const id = decodeURIComponent((await params).id);
  const viewer = await readViewer();
  if (viewer === null) return <InvitationSignIn path={`/accept-invitation/${encodeURIComponent(id)}`} />;
  const { data } = await query({ query: PortalInvitations });
  const invitation = data?.viewer?.invitations.find((known) => known.id === id);
  return <InvitationAnswer id={id} email={viewer.user.email} tenantName={invitation?.tenantName ?? null} />;
}
