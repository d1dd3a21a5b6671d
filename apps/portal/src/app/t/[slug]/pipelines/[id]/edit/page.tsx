import type { Metadata } from 'next';
import { EditPipeline } from '#src/pipelines/edit-pipeline.tsx';

export const metadata: Metadata = { title: 'Edit pipeline' };

export default async function EditPipelinePage({ params }: Readonly<{ params: Promise<{ id: string }> }>) {
  const { id } = await params;
  return <EditPipeline pipelineId={decodeURIComponent(id)} />;
}
