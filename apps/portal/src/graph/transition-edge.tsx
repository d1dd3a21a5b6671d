'use client';

import { BaseEdge, type Edge, EdgeLabelRenderer, type EdgeProps, getBezierPath } from '@xyflow/react';
import { classNames } from '#src/ui/class-names.ts';
import type { EdgeKind } from './pipeline-graph.ts';

/** `isTaken` is null where no run is shown. */
export type TransitionEdgeData = Readonly<{ label: string | null; kind: EdgeKind; isTaken: boolean | null }>;
export type TransitionFlowEdge = Edge<TransitionEdgeData, 'transition'>;

export function TransitionEdge(props: EdgeProps<TransitionFlowEdge>) {
  const { label, kind, isTaken } = props.data ?? { label: null, kind: 'plain', isTaken: null };
  const [path, labelX, labelY] = getBezierPath(props);
  const stroke = isTaken === true ? 'var(--accent)' : kind === 'error' ? 'var(--failed)' : 'var(--line-strong)';
  return (
    <>
      <BaseEdge
        path={path}
        {...(props.markerEnd === undefined ? {} : { markerEnd: props.markerEnd })}
        style={{
          stroke,
          strokeWidth: isTaken === true ? 2 : 1.25,
          strokeOpacity: isTaken === false ? 0.45 : 1,
          ...(kind === 'error' || kind === 'loop' ? { strokeDasharray: '5 4' } : {}),
        }}
      />
      {label !== null && (
        <EdgeLabelRenderer>
          <span
            title={label}
            style={{ transform: `translate(-50%, -50%) translate(${labelX}px, ${labelY}px)` }}
            className={classNames(
              'pointer-events-auto absolute max-w-36 truncate rounded-full border border-line bg-raised px-2 py-0.5 font-mono text-2xs text-muted',
              isTaken === true && 'border-accent/40 text-accent-text',
            )}
          >
            {label}
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  );
}
