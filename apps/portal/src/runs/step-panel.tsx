'use client';

import { X } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { isRecord, readList, readString } from '#src/definition/json-record.ts';
import { IconButton } from '#src/ui/button.tsx';
import { formatClock, formatDuration } from '#src/ui/format.ts';
import { JsonBlock } from '#src/ui/json-block.tsx';
import { ErrorNotice } from '#src/ui/notices.tsx';
import { STATUS_LOOKS, StatusBadge, StatusIcon } from '#src/ui/status-badge.tsx';
import { Tabs } from '#src/ui/tabs.tsx';
import type { AttemptProgress, StepProgress } from './step-progress.ts';
import { waitText } from './wait-text.ts';

type StepPanelProps = Readonly<{
  stepId: string;
  /** Null while the run has not come to it. */
  step: StepProgress | null;
  definition: unknown;
  onClose: () => void;
}>;

/** One step of a run, from the outside in: status, output, input, attempts, and what ran it. */
export function StepPanel({ stepId, step, definition, onClose }: StepPanelProps) {
  const panel = useRevealed(stepId);
  const authored = readList(definition, 'steps').find((candidate) => readString(candidate, 'id') === stepId);
  return (
    <section ref={panel} aria-label={`Step ${stepId}`} className="flex min-h-96 flex-col">
      <header className="flex items-start gap-3 px-4 pt-4 pb-3">
        <div className="min-w-0 flex-1">
          <h2 className="truncate text-sm font-semibold">{readString(authored, 'name') ?? stepId}</h2>
          <p className="truncate font-mono text-xs text-muted">{readString(authored, 'uses')}</p>
        </div>
        <StatusBadge status={step?.status ?? 'pending'} detail={waitText(step?.waitReason ?? null)} />
        <IconButton label="Close step" onClick={onClose} className="-mt-1 -mr-2">
          <X className="size-4" aria-hidden />
        </IconButton>
      </header>
      {step !== null && <StepFacts step={step} />}
      <Tabs
        label="Step details"
        className="flex-1"
        tabs={[
          { id: 'output', label: 'Output', content: <StepOutput step={step} /> },
          { id: 'input', label: 'Input', content: <StepInput step={step} authored={authored} /> },
          {
            id: 'attempts',
            label: 'Attempts',
            count: step?.attempts.length ?? 0,
            content: <Attempts attempts={step?.attempts ?? []} />,
          },
        ]}
      />
    </section>
  );
}

const STACKED_LAYOUT = '(max-width: 64rem)';

/** Brings the panel into sight where it stands below the graph rather than beside the events. */
function useRevealed(stepId: string) {
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    if (matchMedia(STACKED_LAYOUT).matches) panel.current?.scrollIntoView({ block: 'nearest' });
  }, [stepId]);
  return panel;
}

function StepFacts({ step }: Readonly<{ step: StepProgress }>) {
  const { iteration, items, compensation, startedAt, finishedAt, plugin } = step;
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 px-4 pb-4 text-ui">
      {iteration !== null && <Fact name="Iteration">{iteration}</Fact>}
      {items !== null && (
        <Fact name="Items">
          {items.done} of {items.total} done{items.failed > 0 && `, ${items.failed} failed`}
        </Fact>
      )}
      {startedAt !== null && <Fact name="Started">{formatClock(new Date(startedAt))}</Fact>}
      {startedAt !== null && finishedAt !== null && (
        <Fact name="Took">{formatDuration(Date.parse(finishedAt) - Date.parse(startedAt))}</Fact>
      )}
      {compensation !== null && <Fact name="Compensation">{STATUS_LOOKS[compensation].label}</Fact>}
      {plugin !== null && (
        <Fact name="Plugin">
          {plugin.name} {plugin.version}
          <span className="block truncate font-mono text-2xs text-faint" title={plugin.integrity}>
            {plugin.integrity}
          </span>
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: Readonly<{ name: string; children: ReactNode }>) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 tabular-nums">{children}</dd>
    </>
  );
}

function StepOutput({ step }: Readonly<{ step: StepProgress | null }>) {
  return (
    <div className="grid gap-4 p-4">
      {step?.error && (
        <ErrorNotice title={step.error.code || 'The step failed'} message={step.error.message} hint={step.error.hint} />
      )}
      {step?.output === undefined ? (
        step?.error == null && <p className="text-muted">No output yet.</p>
      ) : (
        <JsonBlock label="Output" value={step.output} />
      )}
    </div>
  );
}

function StepInput({ step, authored }: Readonly<{ step: StepProgress | null; authored: unknown }>) {
  const hasRun = step?.input !== undefined;
  const value = hasRun ? step.input : isRecord(authored) ? authored['with'] : undefined;
  return (
    <div className="grid gap-2 p-4">
      {value === undefined ? (
        <p className="text-muted">This step takes no input.</p>
      ) : (
        <>
          <p className="text-xs text-muted">{hasRun ? 'As the step received it.' : 'As written in the definition.'}</p>
          <JsonBlock label="Input" value={value} />
        </>
      )}
    </div>
  );
}

function Attempts({ attempts }: Readonly<{ attempts: readonly AttemptProgress[] }>) {
  if (attempts.length === 0)
    return (
      <p className="p-4 text-muted">
        None yet. Steps of the core run without attempts; those at single items are among the events.
      </p>
    );
  return (
    <ol className="divide-y divide-line">
      {attempts.map(({ number, iteration, status, startedAt, finishedAt, error }) => (
        <li key={`${iteration}:${number}:${startedAt}`} className="grid gap-1 px-4 py-3">
          <p className="flex items-center gap-2">
            <StatusIcon status={status} />
            <span className="font-medium">Attempt {number}</span>
            {iteration !== null && <span className="text-muted">Iteration {iteration}</span>}
            <span className="ml-auto text-muted tabular-nums">
              {finishedAt !== null && formatDuration(Date.parse(finishedAt) - Date.parse(startedAt))}
            </span>
          </p>
          {error !== null && <p className="pl-6 wrap-anywhere text-muted">{error.message}</p>}
        </li>
      ))}
    </ol>
  );
}
