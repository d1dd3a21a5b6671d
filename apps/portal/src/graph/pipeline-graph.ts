import { isRecord, readList, readString } from '../definition/json-record.ts';

/** `detail` is what the step runs: the `uses` of its definition. */
export type GraphNode = Readonly<{ id: string; label: string; detail: string }>;
export type GraphEdge = Readonly<{ id: string; from: string; to: string; label: string | null; kind: EdgeKind }>;
export type EdgeKind = 'plain' | 'conditional' | 'default' | 'error' | 'loop';
export type PipelineGraph = Readonly<{ nodes: readonly GraphNode[]; edges: readonly GraphEdge[] }>;

const MAX_LABEL_LENGTH = 60;

/** Reads the drawable graph out of a definition; what is malformed is left out, so that a draft can be drawn while it is typed. */
export function pipelineGraph(definition: unknown): PipelineGraph {
  const nodes = readList(definition, 'steps').flatMap(toNode);
  const known = new Set(nodes.map((node) => node.id));
  const flow = isRecord(definition) ? definition['flow'] : undefined;
  const edges = readList(flow, 'transitions')
    .flatMap(toEdge)
    .filter(({ from, to }) => known.has(from) && known.has(to));
  return { nodes: nodes.filter((node, index) => nodes.findIndex(({ id }) => id === node.id) === index), edges };
}

function toNode(step: unknown): GraphNode[] {
  const id = readString(step, 'id');
  if (id === null) return [];
  return [{ id, label: readString(step, 'name') ?? id, detail: readString(step, 'uses') ?? '' }];
}

function toEdge(transition: unknown, index: number): GraphEdge[] {
  const from = readString(transition, 'from');
  const to = readString(transition, 'to');
  if (from === null || to === null || !isRecord(transition)) return [];
  const kind = edgeKind(transition);
  return [{ id: `${index}:${from}>${to}`, from, to, kind, label: edgeLabel(kind, transition['condition']) }];
}

function edgeKind(transition: Readonly<Record<string, unknown>>): EdgeKind {
  if (transition['on'] === 'error') return 'error';
  if (transition['loop'] !== undefined) return 'loop';
  if (transition['default'] === true || readString(transition['condition'], 'type') === 'default') return 'default';
  const condition = transition['condition'];
  const isAlways = condition === undefined || readString(condition, 'type') === 'always';
  return isAlways ? 'plain' : 'conditional';
}

function edgeLabel(kind: EdgeKind, condition: unknown): string | null {
  if (kind === 'plain') return null;
  if (typeof condition === 'string') return shorten(condition);
  if (kind === 'conditional') return shorten(describeCondition(condition));
  return kind === 'default' ? 'otherwise' : kind === 'error' ? 'on error' : 'loop';
}

function describeCondition(condition: unknown): string {
  const source = readString(condition, 'source') ?? readString(condition, 'name');
  const operator = readString(condition, 'operator')?.replaceAll('_', ' ');
  if (source === null || operator === undefined || !isRecord(condition)) {
    return readString(condition, 'plugin') ?? readString(condition, 'type') ?? 'condition';
  }
  return `${source} ${operator} ${JSON.stringify(condition['value']) ?? ''}`.trim();
}

const shorten = (text: string): string =>
  text.length <= MAX_LABEL_LENGTH ? text : `${text.slice(0, MAX_LABEL_LENGTH - 1)}…`;
