import type { TestApi } from '@ia-modules/api/testing';
import { Client } from 'pg';
import { ask, type Data, type Session, signUp } from './graphql-client.ts';

/** Marks addresses as confirmed, past the mail. */
export const confirmAddress = async (authUrl: string, email: string): Promise<void> => {
  const client = new Client({ connectionString: authUrl });
  await client.connect();
  await client.query('update "user" set "emailVerified" = true where email = $1', [email]);
  await client.end();
};

export type Person = Session & {
  readonly email: string;
  readonly ask: (query: string, variables?: object) => Promise<Data>;
};

export const newPerson = async (api: TestApi, email: string): Promise<Person> => {
  const session = await signUp(api, email);
  return { ...session, email, ask: (query, variables) => ask(api, session.token, query, variables) };
};

export const createTenant = async (owner: Person, slug: string): Promise<string> => {
  const create = `mutation ($slug: String!) { createTenant(input: { slug: $slug, name: "Acme" }) {
    ... on CreateTenantSuccess { tenant { id } } ... on Error { message } } }`;
  return (await owner.ask(create, { slug }))['createTenant'].tenant.id;
};

const INVITE = `mutation ($tenantId: ID!, $email: String!, $role: TenantRole!) {
  inviteMember(input: { tenantId: $tenantId, email: $email, role: $role }) {
    kind: __typename ... on InviteMemberSuccess { invitation { id status email } } ... on Error { message } } }`;

export const invite = async (
  by: Person,
  { tenantId, email, role = 'viewer' }: Readonly<{ tenantId: string; email: string; role?: string }>,
) => (await by.ask(INVITE, { tenantId, email, role }))['inviteMember'];

const ACCEPT = `mutation ($id: ID!, $token: String) { acceptInvitation(input: { id: $id, token: $token }) {
  kind: __typename ... on AcceptInvitationSuccess { tenant { slug viewerRole } } ... on Error { message hint } } }`;

export const accept = async (by: Person, id: string, token?: string) =>
  (await by.ask(ACCEPT, { id, token }))['acceptInvitation'];

export const membersOf = async (
  by: Person,
  slug: string,
): Promise<readonly { id: string; role: string; user: { email: string } }[]> =>
  (await by.ask(`{ tenant(slug: "${slug}") { members(first: 50) { nodes { id role user { email } } } } }`))['tenant']
    .members.nodes;
