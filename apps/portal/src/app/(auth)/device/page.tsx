import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { DeviceForm } from '#src/auth/device-form.tsx';
import { signInPath } from '#src/auth/next-path.ts';
import { readViewer } from '#src/auth/viewer.ts';

export const metadata: Metadata = { title: 'Let a command line in' };

type Props = Readonly<{ searchParams: Promise<Readonly<{ user_code?: string | string[] }>> }>;

export default async function DevicePage({ searchParams }: Props) {
  const { user_code: code } = await searchParams;
  const proposedCode = typeof code === 'string' ? code : '';
  const viewer = await readViewer();
  if (viewer === null) redirect(signInPath(`/device?user_code=${encodeURIComponent(proposedCode)}`));
  return <DeviceForm email={viewer.user.email} proposedCode={proposedCode} />;
}
