'use client';

import { Handle, type Node, type NodeProps, Position } from '@xyflow/react';
import { Box, CircleDot, Globe, type LucideIcon, Puzzle, UserCheck, Workflow } from 'lucide-react';
import type { Status } from '#src/runs/logged-event.ts';
import { classNames } from '#src/ui/class-names.ts';
import { STATUS_LOOKS, StatusIcon } from '#src/ui/status-badge.tsx';
import { type FlowDirection, NODE_SIZE } from './layout-graph.ts';
import type { GraphNode } from './pipeline-graph.ts';

export type StepNodeData = Readonly<{
  step: GraphNode;
  /** Null where no run is shown. */
  status: Status | null;
  isSelected: boolean;
  direction: FlowDirection;
  onSelect: ((stepId: string) => void) | null;
}>;
export type StepFlowNode = Node<StepNodeData, 'step'>;

const FRAMES: Readonly<Record<Status, string>> = {
  pending: 'border-line',
  running: 'border-running bg-running-soft',
  waiting: 'border-waiting bg-waiting-soft',
  succeeded: 'border-succeeded/60',
  failed: 'border-failed bg-failed-soft',
  canceled: 'border-line-strong/60 border-dashed',
  skipped: 'border-line border-dashed bg-sunken',
};

export function StepNode({ data }: NodeProps<StepFlowNode>) {
  const { step, status, isSelected, direction, onSelect } = data;
  const statusLabel = status === null ? '' : `, ${STATUS_LOOKS[status].label}`;
  const isAhead = status === 'pending' || status === 'skipped';
  const frame = classNames(
    'nopan pointer-events-auto flex items-center gap-2.5 rounded-lg border bg-raised px-3 text-left shadow-card transition-colors',
    status === null ? 'border-line' : FRAMES[status],
    isSelected && 'outline-2 outline-offset-2 outline-accent',
  );
  const content = (
    <>
      <StepIcon uses={step.detail} />
      <span className={classNames('min-w-0 flex-1', isAhead && 'text-muted')}>
        <span className="block truncate text-ui font-medium">{step.label}</span>
        <span className="block truncate font-mono text-2xs text-muted">{step.detail}</span>
      </span>
      {status !== null && <StatusIcon status={status} />}
    </>
  );
  const attributes = { 'data-step-id': step.id, 'data-status': status ?? undefined, style: NODE_SIZE };
  return (
    <>
      <Handle type="target" position={direction === 'right' ? Position.Left : Position.Top} isConnectable={false} />
      {onSelect === null ? (
        <div {...attributes} className={frame}>
          {content}
        </div>
      ) : (
        <button
          type="button"
          {...attributes}
          className={frame}
          aria-pressed={isSelected}
          aria-label={`Step ${step.label}${statusLabel}`}
          onClick={() => onSelect(step.id)}
        >
          {content}
        </button>
      )}
      <Handle type="source" position={direction === 'right' ? Position.Right : Position.Bottom} isConnectable={false} />
    </>
  );
}

const ICONS: readonly (readonly [prefix: string, icon: LucideIcon])[] = [
  ['http.', Globe],
  ['human.', UserCheck],
  ['pipeline:', Workflow],
  ['core.', CircleDot],
  ['./', Box],
];

function StepIcon({ uses }: Readonly<{ uses: string }>) {
  const Icon = ICONS.find(([prefix]) => uses.startsWith(prefix))?.[1] ?? Puzzle;
  return (
    <span className="grid size-7 shrink-0 place-items-center rounded-md border border-line bg-sunken text-muted">
      <Icon className="size-4" aria-hidden />
    </span>
  );
}
