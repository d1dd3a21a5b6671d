import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { nextPath } from '#src/auth/next-path.ts';
import { SignUpForm } from '#src/auth/sign-up-form.tsx';
import { readViewer } from '#src/auth/viewer.ts';

export const metadata: Metadata = { title: 'Sign up' };

type Props = Readonly<{ searchParams: Promise<Readonly<{ next?: string | string[] }>> }>;

export default async function SignUpPage({ searchParams }: Props) {
  const { next } = await searchParams;
  if ((await readViewer()) !== null) redirect(nextPath(typeof next === 'string' ? next : null));
  return <SignUpForm />;
}
