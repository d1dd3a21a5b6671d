'use client';

import { type RefObject, useEffect, useRef, useState } from 'react';
import type { FlowDirection, GraphLayout } from './layout-graph.ts';
import type { PipelineGraph } from './pipeline-graph.ts';

export type PlacedGraph = Readonly<{ graph: PipelineGraph; layout: GraphLayout; direction: FlowDirection }>;

const NARROW_PX = 640;

/** Lays a graph out in the background, to fit the element that `frame` points to; null until the first layout is there. */
export function useGraphLayout(graph: PipelineGraph) {
  const frame = useRef<HTMLDivElement>(null);
  const direction = useFlowDirection(frame);
  const [placed, setPlaced] = useState<PlacedGraph | null>(null);
  const [hasFailed, setHasFailed] = useState(false);
  useEffect(() => {
    if (direction === null) return undefined;
    let isCurrent = true;
    const place = async () => {
      const { layoutGraph } = await import('./layout-graph.ts');
      const layout = await layoutGraph(graph, direction);
      if (!isCurrent) return;
      setPlaced({ graph, layout, direction });
      setHasFailed(false);
    };
    place().catch(() => {
      if (isCurrent) setHasFailed(true);
    });
    return () => {
      isCurrent = false;
    };
  }, [graph, direction]);
  return { frame, placed, hasFailed };
}

function useFlowDirection(frame: RefObject<HTMLDivElement | null>): FlowDirection | null {
  const [direction, setDirection] = useState<FlowDirection | null>(null);
  useEffect(() => {
    if (frame.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setDirection(entry.contentRect.width < NARROW_PX ? 'down' : 'right');
    });
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, [frame]);
  return direction;
}
