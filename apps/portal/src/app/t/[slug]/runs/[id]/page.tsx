import type { Metadata } from 'next';
import { RunMonitor } from '#src/runs/run-monitor.tsx';

export const metadata: Metadata = { title: 'Run' };

export default async function RunPage({ params }: Readonly<{ params: Promise<{ id: string }> }>) {
  const { id } = await params;
  return <RunMonitor key={id} runId={decodeURIComponent(id)} />;
}
