'use client';

import {
  Background,
  BackgroundVariant,
  Controls,
  type EdgeTypes,
  MarkerType,
  type NodeHandle,
  type NodeTypes,
  Position,
  ReactFlow,
} from '@xyflow/react';
import { Workflow } from 'lucide-react';
import { useMemo } from 'react';
import { isTaken, type RunProgress } from '#src/runs/run-progress.ts';
import { EmptyState } from '#src/ui/notices.tsx';
import { Skeleton } from '#src/ui/skeleton.tsx';
import { type FlowDirection, NODE_SIZE } from './layout-graph.ts';
import { pipelineGraph } from './pipeline-graph.ts';
import { type StepFlowNode, StepNode } from './step-node.tsx';
import { TransitionEdge, type TransitionFlowEdge } from './transition-edge.tsx';
import { type PlacedGraph, useGraphLayout } from './use-graph-layout.ts';

const NODE_TYPES: NodeTypes = { step: StepNode };
const EDGE_TYPES: EdgeTypes = { transition: TransitionEdge };

type GraphViewProps = Readonly<{
  definition: unknown;
  /** Colours the graph with how far a run has come. */
  progress?: RunProgress;
  selectedStepId?: string | null;
  onSelect?: (stepId: string) => void;
}>;

/** Draws a pipeline's steps and transitions; a person can pan and zoom it, not change it. */
export function GraphView({ definition, progress, selectedStepId = null, onSelect }: GraphViewProps) {
  const graph = useMemo(() => pipelineGraph(definition), [definition]);
  const { frame, placed, hasFailed } = useGraphLayout(graph);
  const nodes = useMemo(
    () => (placed ? toNodes({ ...placed, progress, selectedStepId, onSelect: onSelect ?? null }) : []),
    [placed, progress, selectedStepId, onSelect],
  );
  const edges = useMemo(() => (placed ? toEdges(placed, progress) : []), [placed, progress]);
  return (
    <div ref={frame} className="h-full">
      {placed !== null && <FlowCanvas key={placed.direction} nodes={nodes} edges={edges} />}
      {placed === null && !hasFailed && <GraphSkeleton />}
      {placed === null && hasFailed && (
        <EmptyState icon={<Workflow aria-hidden />} title="The graph could not be drawn" />
      )}
    </div>
  );
}

/** Beyond this many nodes only those in sight are drawn. */
const MANY_NODES = 150;

type FlowCanvasProps = Readonly<{ nodes: StepFlowNode[]; edges: TransitionFlowEdge[] }>;

function FlowCanvas({ nodes, edges }: FlowCanvasProps) {
  return (
    <ReactFlow
      aria-label="Pipeline graph"
      nodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      edgeTypes={EDGE_TYPES}
      fitView
      fitViewOptions={{ padding: 0.1, maxZoom: 1.1 }}
      minZoom={0.05}
      maxZoom={1.6}
      nodesDraggable={false}
      nodesConnectable={false}
      nodesFocusable={false}
      edgesFocusable={false}
      elementsSelectable={false}
      zoomOnScroll={false}
      preventScrolling={false}
      onlyRenderVisibleElements={nodes.length > MANY_NODES}
      proOptions={{ hideAttribution: true }}
    >
      <Background variant={BackgroundVariant.Dots} gap={18} size={1.2} />
      <Controls showInteractive={false} position="bottom-right" />
    </ReactFlow>
  );
}

function GraphSkeleton() {
  return (
    <output aria-label="Loading the graph" className="flex h-full items-center justify-center gap-16">
      <Skeleton className="h-14 w-44 rounded-lg" />
      <Skeleton className="h-14 w-44 rounded-lg max-sm:hidden" />
    </output>
  );
}

type NodeOptions = PlacedGraph &
  Readonly<{
    progress: RunProgress | undefined;
    selectedStepId: string | null;
    onSelect: ((stepId: string) => void) | null;
  }>;

function toNodes({ graph, layout, direction, progress, selectedStepId, onSelect }: NodeOptions): StepFlowNode[] {
  return graph.nodes.map((step) => ({
    id: step.id,
    type: 'step',
    position: layout.nodes.get(step.id) ?? { x: 0, y: 0 },
    // Known beforehand: what React Flow measures itself is lost when an event replaces the nodes at the wrong moment, and
    // a node without a size stays hidden.
    measured: NODE_SIZE,
    handles: HANDLES[direction],
    data: {
      step,
      status: progress === undefined ? null : (progress.steps.get(step.id)?.status ?? 'pending'),
      isSelected: step.id === selectedStepId,
      direction,
      onSelect,
    },
  }));
}

const HANDLES: Readonly<Record<FlowDirection, NodeHandle[]>> = {
  right: [
    { type: 'target', position: Position.Left, x: 0, y: NODE_SIZE.height / 2 },
    { type: 'source', position: Position.Right, x: NODE_SIZE.width, y: NODE_SIZE.height / 2 },
  ],
  down: [
    { type: 'target', position: Position.Top, x: NODE_SIZE.width / 2, y: 0 },
    { type: 'source', position: Position.Bottom, x: NODE_SIZE.width / 2, y: NODE_SIZE.height },
  ],
};

function toEdges({ graph, layout }: PlacedGraph, progress: RunProgress | undefined): TransitionFlowEdge[] {
  return graph.edges.map(({ id, from, to, label, kind }) => {
    const taken = progress === undefined ? null : isTaken(progress, from, to);
    const isFlowing = taken === true && progress?.steps.get(to)?.status === 'running';
    return {
      id,
      source: from,
      target: to,
      type: 'transition',
      className: isFlowing ? 'is-flowing' : '',
      markerEnd: {
        type: MarkerType.ArrowClosed,
        width: 16,
        height: 16,
        color: taken === true ? 'var(--accent)' : 'var(--line-strong)',
      },
      data: { placed: layout.edges.get(id) ?? { path: '', label: null }, label, kind, isTaken: taken },
    };
  });
}
