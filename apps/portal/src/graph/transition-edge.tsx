'use client';

import { BaseEdge, type Edge, EdgeLabelRenderer, type EdgeProps } from '@xyflow/react';
import { classNames } from '#src/ui/class-names.ts';
import { MAX_LABEL_WIDTH, type PlacedEdge } from './layout-graph.ts';
import type { EdgeKind } from './pipeline-graph.ts';

/** `isTaken` is null where no run is shown. */
export type TransitionEdgeData = Readonly<{
  placed: PlacedEdge;
  label: string | null;
  kind: EdgeKind;
  isTaken: boolean | null;
}>;
export type TransitionFlowEdge = Edge<TransitionEdgeData, 'transition'>;

export function TransitionEdge({ data, markerEnd }: EdgeProps<TransitionFlowEdge>) {
  if (data === undefined) return null;
  const { placed, label, kind, isTaken } = data;
  const stroke = isTaken === true ? 'var(--accent)' : kind === 'error' ? 'var(--failed)' : 'var(--line-strong)';
  return (
    <>
      <BaseEdge
        path={placed.path}
        {...(markerEnd === undefined ? {} : { markerEnd })}
        style={{
          stroke,
          strokeWidth: isTaken === true ? 2 : 1.25,
          strokeOpacity: isTaken === false ? 0.45 : 1,
          ...(kind === 'error' || kind === 'loop' ? { strokeDasharray: '5 4' } : {}),
        }}
      />
      {label !== null && placed.label !== null && (
        <EdgeLabelRenderer>
          <span
            title={label}
            style={{
              maxWidth: MAX_LABEL_WIDTH,
              transform: `translate(-50%, -50%) translate(${placed.label.x}px, ${placed.label.y}px)`,
            }}
            className={classNames(
              'pointer-events-auto absolute truncate rounded-full border border-line bg-raised px-2 py-0.5 font-mono text-2xs text-muted',
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
