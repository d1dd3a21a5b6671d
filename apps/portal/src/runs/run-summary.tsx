import type { ReactNode } from 'react';
import { readList } from '#src/definition/json-record.ts';
import { JsonBlock } from '#src/ui/json-block.tsx';
import { ErrorNotice } from '#src/ui/notices.tsx';
import { StatusIcon, STATUS_LOOKS } from '#src/ui/status-badge.tsx';
import type { ShownRun } from './shown-run.ts';
import type { Status } from './logged-event.ts';
import { isFinished, type RunProgress } from './run-progress.ts';

const COUNTED: readonly Status[] = ['succeeded', 'running', 'waiting', 'failed', 'skipped', 'canceled'];

/** What a run came to: its steps counted, its outputs and its parameters. */
export function RunSummary({ run, progress }: Readonly<{ run: ShownRun; progress: RunProgress }>) {
  const error = progress.error ?? run.error;
  const outputs = progress.outputs ?? run.outputs;
  const stepCount = readList(run.pipelineVersion.definition, 'steps').length;
  const { plugins } = run.pipelineVersion;
  return (
    <div className="grid gap-5 p-4">
      <section aria-label="Steps">
        <h2 className="mb-2 font-medium">
          Steps <span className="font-normal text-faint tabular-nums">{stepCount}</span>
        </h2>
        <StepCounts run={run} progress={progress} />
      </section>
      {error && <ErrorNotice title="The run failed" message={error.message} hint={error.hint} />}
      {outputs !== null && outputs !== undefined && (
        <Section title="Outputs">
          <JsonBlock label="Outputs" value={outputs} />
        </Section>
      )}
      <Section title="Parameters">
        <JsonBlock label="Parameters" value={run.parameters} />
      </Section>
      {plugins.length > 0 && (
        <Section title="Plugins">
          <ul className="grid gap-2">
            {plugins.map(({ alias, name, version, integrity }) => (
              <li key={alias} className="min-w-0">
                <span className="font-medium">{name}</span> <span className="text-muted">{version}</span>
                <span className="block truncate font-mono text-2xs text-faint" title={integrity}>
                  {integrity}
                </span>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {!isFinished(progress.status ?? run.status) && (
        <p className="text-xs text-faint">Choose a step in the graph to look inside it.</p>
      )}
    </div>
  );
}

function Section({ title, children }: Readonly<{ title: string; children: ReactNode }>) {
  return (
    <section>
      <h2 className="mb-2 font-medium">{title}</h2>
      {children}
    </section>
  );
}

function StepCounts({ run, progress }: Readonly<{ run: ShownRun; progress: RunProgress }>) {
  const counts = COUNTED.map((status) => {
    const count = [...progress.steps.values()].filter((step) => step.status === status).length;
    return { status, count };
  }).filter(({ count }) => count > 0);
  if (counts.length === 0) {
    return (
      <p className="text-muted">{isFinished(run.status) ? 'Nothing is known of them.' : 'None has started yet.'}</p>
    );
  }
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1.5">
      {counts.map(({ status, count }) => (
        <li key={status} className="flex items-center gap-1.5 text-muted tabular-nums">
          <StatusIcon status={status} className="size-3.5" />
          {count} {STATUS_LOOKS[status].label.toLowerCase()}
        </li>
      ))}
    </ul>
  );
}
