import { describe, expect, it } from 'vitest';
import { findLoopRegions } from './loop-regions.ts';
import { buildPipelineGraph } from './pipeline-graph.ts';

/** `a>b` is a transition, `b~a` one that closes a loop; steps are letters. */
const graphOf = (text: string) => {
  const transitions = text.split(' ').map((edge) => {
    const [from = '', to = ''] = edge.split(/[>~]/);
    return { from, to, ...(edge.includes('~') ? { loop: { max_iterations: 3 } } : {}) };
  });
  const ids = [...new Set(transitions.flatMap(({ from, to }) => [from, to]))].toSorted();
  const steps = ids.map((id) => ({ id, uses: 'core.noop' }));
  const graph = buildPipelineGraph({ name: 'x', steps, flow: { transitions } });
  return { graph, ids, transitions };
};

const names = (items: readonly string[], separator: string): string =>
  items.toSorted((a, b) => a.localeCompare(b)).join(separator);

const regionsOf = (text: string) => {
  const { graph, ids, transitions } = graphOf(text);
  const name = (index: number): string => `${transitions[index]?.from}${transitions[index]?.to}`;
  const { regions, problems, regionOf } = findLoopRegions(graph.loopGraph);
  return {
    loops: regions.map(({ header, body, loopTransitions, exits, parent }) => ({
      header: ids[header],
      body: names(
        body.map((step) => ids[step] ?? ''),
        '',
      ),
      by: loopTransitions.map(name).join(' '),
      exits: names(exits.map(name), ' '),
      parent,
    })),
    problems: problems.map((problem) => `${problem.kind} ${name(problem.transition)}`),
    innermost: Object.fromEntries(ids.map((id, index) => [id, regionOf[index]])),
  };
};

describe('loops', () => {
  it('have what lies between their ends as body, and know what leaves them', () => {
    expect(regionsOf('a>b b>c c>d c~b b>e')).toEqual({
      loops: [{ header: 'b', body: 'bc', by: 'cb', exits: 'be cd', parent: -1 }],
      problems: [],
      innermost: { a: -1, b: 0, c: 0, d: -1, e: -1 },
    });
  });

  it('may be a single step', () => {
    expect(regionsOf('a>b a~a').loops).toEqual([{ header: 'a', body: 'a', by: 'aa', exits: 'ab', parent: -1 }]);
  });

  it('are one when they lead back to the same step', () => {
    expect(regionsOf('a>b a>c b>d c>d b~a c~a').loops).toMatchObject([{ header: 'a', body: 'abc', by: 'ba ca' }]);
  });

  it('nest; a transition that leaves several belongs to the outermost of them', () => {
    const { loops, innermost } = regionsOf('a>b b>c c>d c~b d~a c>e d>e b>e');
    expect(loops).toEqual([
      { header: 'a', body: 'abcd', by: 'da', exits: 'be ce de', parent: -1 },
      { header: 'b', body: 'bc', by: 'cb', exits: 'cd', parent: 0 },
    ]);
    expect(innermost).toEqual({ a: 0, b: 1, c: 1, d: 0, e: -1 });
  });

  it('may be entered in several places', () => {
    expect(regionsOf('s>a s>b a>b b>c c~a').loops).toMatchObject([{ header: 'a', body: 'abc' }]);
  });

  it('stand beside each other', () => {
    expect(regionsOf('a>b b~a b>c c>d d~c').loops).toMatchObject([
      { body: 'ab', parent: -1 },
      { body: 'cd', parent: -1 },
    ]);
  });

  it('are refused when they close no cycle or overlap', () => {
    expect(regionsOf('a>b a~b').problems).toEqual(['no_cycle ab']);
    expect(regionsOf('a>b b>c c>d c~a d~b').problems).toEqual(['overlap db']);
  });

  it('are refused when there is too much of them to look at', () => {
    const count = 4_000;
    const chain = Array.from({ length: count }, (_, index) => `s${index}>s${index + 1}`);
    const loops = Array.from({ length: count / 2 }, (_, index) => `s${count - index}~s${index}`);
    const { graph } = graphOf([...chain, ...loops].join(' '));
    expect(findLoopRegions(graph.loopGraph).problems).toMatchObject([{ kind: 'too_large' }]);
  });
});
