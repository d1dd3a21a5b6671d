import { ServerError } from '@apollo/client/errors';
import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import { cache } from 'react';
import { query } from '#src/api/server-client.ts';
import { graphql } from '#src/gql/index.ts';
import type { PortalViewerQuery } from '#src/gql/graphql.ts';

const PortalViewer = graphql(`
  query PortalViewer {
    viewer {
      user { id name email }
      tenants { role tenant { id slug name viewerPermissions } }
    }
  }
`);

type Viewer = NonNullable<PortalViewerQuery['viewer']>;
export type SignedInViewer = Viewer & Readonly<{ user: NonNullable<Viewer['user']> }>;
export type Membership = Viewer['tenants'][number];

const SESSION_COOKIE_SUFFIX = 'session_token';

/** Reads who is signed in, once per request; null for nobody and for a session that has ended. */
export const readViewer = cache(async (): Promise<SignedInViewer | null> => {
  const hasSession = (await cookies()).getAll().some(({ name }) => name.endsWith(SESSION_COOKIE_SUFFIX));
  if (!hasSession) return null;
  try {
    const { data } = await query({ query: PortalViewer });
    const viewer = data?.viewer;
    return viewer?.user ? { ...viewer, user: viewer.user } : null;
  } catch (error) {
    if (ServerError.is(error) && error.statusCode === 401) return null;
    throw error;
  }
});

/** Reads who is signed in, or sends the browser to the sign-in page. */
export async function requireViewer(): Promise<SignedInViewer> {
  return (await readViewer()) ?? redirect('/sign-in');
}
