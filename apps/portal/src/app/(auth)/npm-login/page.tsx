import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { query } from '#src/api/server-client.ts';
import { signInPath } from '#src/auth/next-path.ts';
import { NpmLoginCodeForm, NpmLoginForm } from '#src/auth/npm-login-form.tsx';
import { readViewer } from '#src/auth/viewer.ts';
import { graphql } from '#src/gql/index.ts';

export const metadata: Metadata = { title: 'Let npm in' };

type Props = Readonly<{ searchParams: Promise<Readonly<{ code?: string | string[] }>> }>;

const PortalNpmLogin = graphql(`
  query PortalNpmLogin($code: String!) {
    npmLogin(code: $code) { clientName clientAddress }
  }
`);

export default async function NpmLoginPage({ searchParams }: Props) {
  const { code: given } = await searchParams;
  const code = typeof given === 'string' ? given.trim().toUpperCase() : '';
  const viewer = await readViewer();
  if (viewer === null) redirect(signInPath(`/npm-login?code=${encodeURIComponent(code)}`));
  if (code === '') return <NpmLoginCodeForm proposedCode="" problem={null} />;
  const { data, error } = await query({ query: PortalNpmLogin, variables: { code }, errorPolicy: 'all' });
  const login = data?.npmLogin;
  if (!login) {
    const problem =
      error?.message ?? 'No login with this code is open. Each ends after ten minutes: run npm login again.';
    return <NpmLoginCodeForm proposedCode={code} problem={problem} />;
  }
  const tenants = viewer.tenants
    .map(({ tenant }) => tenant)
    .filter(({ viewerPermissions }) => viewerPermissions.includes('token.create'))
    .map(({ id, name }) => ({ id, name }));
  return <NpmLoginForm code={code} client={login} email={viewer.user.email} tenants={tenants} />;
}
