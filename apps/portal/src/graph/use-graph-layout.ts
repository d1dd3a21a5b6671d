'use client';

import { useEffect, useState, useSyncExternalStore } from 'react';
import type { FlowDirection, GraphLayout } from './layout-graph.ts';
import type { PipelineGraph } from './pipeline-graph.ts';

export type PlacedGraph = Readonly<{ graph: PipelineGraph; layout: GraphLayout; direction: FlowDirection }>;

const NARROW_SCREEN = '(max-width: 40rem)';

/** Lays a graph out in the background; null until the first layout is there. */
export function useGraphLayout(graph: PipelineGraph): PlacedGraph | null {
  const direction = useFlowDirection();
  const [placed, setPlaced] = useState<PlacedGraph | null>(null);
  useEffect(() => {
    let isCurrent = true;
    const place = async () => {
      const { layoutGraph } = await import('./layout-graph.ts');
      const layout = await layoutGraph(graph, direction);
      if (isCurrent) setPlaced({ graph, layout, direction });
    };
    void place();
    return () => {
      isCurrent = false;
    };
  }, [graph, direction]);
  return placed;
}

function useFlowDirection(): FlowDirection {
  const isNarrow = useSyncExternalStore(
    (onChange) => {
      const query = matchMedia(NARROW_SCREEN);
      query.addEventListener('change', onChange);
      return () => query.removeEventListener('change', onChange);
    },
    () => matchMedia(NARROW_SCREEN).matches,
    () => false,
  );
  return isNarrow ? 'down' : 'right';
}
