import type { Metadata } from 'next';
import { NewPipeline } from '#src/pipelines/new-pipeline.tsx';

export const metadata: Metadata = { title: 'New pipeline' };

export default function NewPipelinePage() {
  return <NewPipeline />;
}
