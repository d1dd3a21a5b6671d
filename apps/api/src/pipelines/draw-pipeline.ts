import type { PipelineDefinition, TransitionDefinition } from '@ia-modules/engine';

export const GRAPH_FORMATS = ['mermaid', 'dot'] as const;
export type GraphFormat = (typeof GRAPH_FORMATS)[number];

type Node = { readonly key: string; readonly title: string; readonly uses: string };
type Edge = { readonly from: string; readonly to: string; readonly label: string };
type Drawing = { readonly nodes: readonly Node[]; readonly edges: readonly Edge[] };

const MAX_LABEL_LENGTH = 60;

const shorten = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > MAX_LABEL_LENGTH ? `${line.slice(0, MAX_LABEL_LENGTH - 1)}…` : line;
};

const labelOf = ({ condition, default: isDefault, on, loop }: TransitionDefinition): string => {
  const written = typeof condition === 'string' ? condition : JSON.stringify(condition ?? '');
  const parts = [
    on === 'error' ? 'on error' : '',
    condition === undefined ? '' : written,
    isDefault === true ? 'else' : '',
    loop === undefined ? '' : 'loop',
  ];
  return shorten(parts.filter((part) => part !== '').join(', '));
};

/** Keys stand for ids, which may hold what the languages of graphs give a meaning. */
const toDrawing = ({ steps, flow }: PipelineDefinition): Drawing => {
  const keys = new Map(steps.map(({ id }, index) => [id, `s${index}`]));
  const nodes = steps.map(({ id, uses }, index) => ({ key: `s${index}`, title: id, uses }));
  const edges = (flow?.transitions ?? []).flatMap((transition) => {
    const [from, to] = [keys.get(transition.from), keys.get(transition.to)];
    return from === undefined || to === undefined ? [] : [{ from, to, label: labelOf(transition) }];
  });
  return { nodes, edges };
};

const MERMAID_ENTITIES: Readonly<Record<string, string>> = {
  '"': '#quot;',
  '#': '#35;',
  '<': '#lt;',
  '>': '#gt;',
  '&': '#amp;',
};

const mermaidText = (text: string): string =>
  `"${text.replaceAll(/["#<>&]/g, (character) => MERMAID_ENTITIES[character] ?? '')}"`;

const toMermaid = ({ nodes, edges }: Drawing): string => {
  const lines = [
    ...nodes.map(({ key, title, uses }) => `  ${key}[${mermaidText(`${title} (${uses})`)}]`),
    ...edges.map(({ from, to, label }) => `  ${from} -->${label === '' ? '' : `|${mermaidText(label)}|`} ${to}`),
  ];
  return ['flowchart TD', ...lines, ''].join('\n');
};

const dotText = (text: string): string => `"${text.replaceAll(/[\\"]/g, String.raw`\$&`)}"`;

const toDot = ({ nodes, edges }: Drawing): string => {
  const lines = [
    ...nodes.map(({ key, title, uses }) => `  ${key} [label=${dotText(`${title} (${uses})`)}];`),
    ...edges.map(({ from, to, label }) => `  ${from} -> ${to}${label === '' ? '' : ` [label=${dotText(label)}]`};`),
  ];
  return ['digraph pipeline {', '  node [shape=box];', ...lines, '}', ''].join('\n');
};

/** A definition as the text of a diagram, for Markdown (Mermaid) or Graphviz (DOT). */
export const drawPipeline = (definition: PipelineDefinition, format: GraphFormat): string =>
  ({ mermaid: toMermaid, dot: toDot })[format](toDrawing(definition));
