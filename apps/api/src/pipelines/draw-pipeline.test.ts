import { expect, it } from 'vitest';
import { drawPipeline } from './draw-pipeline.ts';

const DEFINITION = {
  name: 'orders',
  steps: [
    { id: 'fetch', uses: 'http.request' },
    { id: 'ask', uses: 'human.approval' },
    { id: 'store', uses: 'core.noop' },
  ],
  flow: {
    transitions: [
      { from: 'fetch', to: 'ask', condition: 'steps.fetch.output.total > 100 && "a" != "b"' },
      { from: 'fetch', to: 'store', default: true },
      { from: 'ask', to: 'store', on: 'error' as const },
    ],
  },
};

it('draws steps and transitions for Markdown', () => {
  expect(drawPipeline(DEFINITION, 'mermaid')).toBe(`flowchart TD
  s0["fetch (http.request)"]
  s1["ask (human.approval)"]
  s2["store (core.noop)"]
  s0 -->|"steps.fetch.output.total #gt; 100 #amp;#amp; #quot;a#quot; != #quot;b#quot;"| s1
  s0 -->|"else"| s2
  s1 -->|"on error"| s2
`);
});

it('draws them for Graphviz', () => {
  expect(drawPipeline(DEFINITION, 'dot')).toBe(String.raw`digraph pipeline {
  node [shape=box];
  s0 [label="fetch (http.request)"];
  s1 [label="ask (human.approval)"];
  s2 [label="store (core.noop)"];
  s0 -> s1 [label="steps.fetch.output.total > 100 && \"a\" != \"b\""];
  s0 -> s2 [label="else"];
  s1 -> s2 [label="on error"];
}
`);
});
