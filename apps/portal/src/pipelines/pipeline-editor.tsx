'use client';

import { CircleCheck, LoaderCircle } from 'lucide-react';
import Link from 'next/link';
import { DiagnosticList } from '#src/api/diagnostic-list.tsx';
import { type MutationFailure, MutationFailureNotice } from '#src/api/mutation-failure.tsx';
import { GraphView } from '#src/graph/graph-view.tsx';
import { Button, buttonClasses } from '#src/ui/button.tsx';
import { CodeEditor } from '#src/ui/code-editor.tsx';
import { Card, PageBody, PageHeader } from '#src/ui/page.tsx';
import { type PipelineDraft, usePipelineDraft } from './use-pipeline-draft.ts';

type PipelineEditorProps = Readonly<{
  title: string;
  parent: Readonly<{ href: string; label: string }>;
  initialSource: string;
  isSaving: boolean;
  failure: MutationFailure | null;
  onSave: (source: string) => void;
}>;

/** A definition as JSON beside its graph, checked while it is typed. */
export function PipelineEditor({ title, parent, initialSource, isSaving, failure, onSave }: PipelineEditorProps) {
  const { draft, change } = usePipelineDraft(initialSource);
  return (
    <>
      <PageHeader
        parent={parent}
        title={title}
        actions={
          <>
            <Link href={parent.href} className={buttonClasses('ghost')}>
              Cancel
            </Link>
            <Button
              look="primary"
              isBusy={isSaving}
              disabled={draft.isValid === false}
              onClick={() => onSave(draft.source)}
            >
              Save
            </Button>
          </>
        }
      />
      <PageBody>
        {failure !== null && <MutationFailureNotice title="The pipeline was not saved" failure={failure} />}
        <div className="grid gap-5 lg:h-[calc(100dvh-8rem)] lg:grid-cols-2">
          <Card className="h-[70dvh] lg:h-full">
            <CodeEditor label="Definition" initialText={initialSource} onChange={change} />
          </Card>
          <div className="grid min-h-0 gap-5 lg:grid-rows-[minmax(0,3fr)_minmax(0,2fr)]">
            <Card className="max-lg:h-80">
              <GraphView definition={draft.drawn} />
            </Card>
            <Card title="Diagnostics" className="flex flex-col" actions={<Verdict draft={draft} />}>
              <div className="min-h-0 flex-1 overflow-y-auto">
                <DiagnosticList diagnostics={draft.diagnostics} />
              </div>
            </Card>
          </div>
        </div>
      </PageBody>
    </>
  );
}

function Verdict({ draft: { isValid, diagnostics } }: Readonly<{ draft: PipelineDraft }>) {
  if (isValid === null) return <LoaderCircle className="size-4 animate-spin text-muted" aria-label="Checking" />;
  const errorCount = diagnostics.filter(({ severity }) => severity === 'error').length;
  return (
    <span role="status" className={isValid ? 'flex items-center gap-1.5 text-succeeded' : 'text-failed'}>
      {isValid && <CircleCheck className="size-4" aria-hidden />}
      {isValid ? 'Valid' : `${errorCount} ${errorCount === 1 ? 'error' : 'errors'}`}
    </span>
  );
}
