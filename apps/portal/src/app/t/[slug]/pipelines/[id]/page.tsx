import type { Metadata } from 'next';
import { PipelineView } from '#src/pipelines/pipeline-view.tsx';

export const metadata: Metadata = { title: 'Pipeline' };

export default async function PipelinePage({ params }: Readonly<{ params: Promise<{ id: string }> }>) {
  const { id } = await params;
  return <PipelineView pipelineId={decodeURIComponent(id)} />;
}
