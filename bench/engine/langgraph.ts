import { Annotation, END, START, StateGraph } from '@langchain/langgraph';
import type { Runner } from './subjects.ts';
import type { Workflow } from './workflow.ts';

/** The same graph in LangGraph, whose nodes share a state of which each writes nothing. */
export const langGraphRunner = ({ tasks }: Workflow): Runner => {
  const State = Annotation.Root({ last: Annotation<string>({ reducer: (_, next) => next, default: () => '' }) });
  const sources = new Set(tasks.flatMap(({ deps }) => deps));
  const graph = new StateGraph<typeof State.spec, typeof State.State, typeof State.Update, string>(State);
  for (const { id } of tasks) graph.addNode(id, () => ({}));
  for (const { id, deps } of tasks) {
    if (deps.length === 0) graph.addEdge(START, id);
    // A list of sources makes the node wait for all of them.
    else graph.addEdge([...deps], id);
    if (!sources.has(id)) graph.addEdge(id, END);
  }
  const compiled = graph.compile();
  return () => compiled.invoke({ last: '' }, { recursionLimit: tasks.length + 2 });
};
