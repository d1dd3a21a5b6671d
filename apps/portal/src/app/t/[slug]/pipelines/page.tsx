import type { Metadata } from 'next';
import { PipelineList } from '#src/pipelines/pipeline-list.tsx';

export const metadata: Metadata = { title: 'Pipelines' };

export default function PipelinesPage() {
  return <PipelineList />;
}
