import type { Scope } from '@ia-modules/engine';

/** Ten kinds of expressions that pipelines have; the number makes each of them new. */
const KINDS: readonly ((unique: number) => string)[] = [
  (n) => `steps.fetch.output.count > ${n}`,
  (n) => `parameters.threshold * 2.0 >= steps.score.output.value || iteration > ${n}`,
  (n) => `steps.fetch.output.status == "ok-${n}" && has(steps.score.output)`,
  (n) => `steps.fetch.output.rows.filter(row, row.price > ${n}.0).size()`,
  (n) => `steps.fetch.output.rows.exists(row, row.name == "item ${n}")`,
  (n) => `"Order " + steps.fetch.output.id + " of ${n}"`,
  (n) => `steps["slow-branch"].status == "skipped" ? ${n} : 0`,
  (n) => `parameters.region in ["eu", "us", "r${n}"]`,
  (n) => `{"id": steps.fetch.output.id, "rows": size(steps.fetch.output.rows), "n": ${n}}`,
  (n) => `steps.fetch.output.name.startsWith("a${n}") || trigger.kind == "manual"`,
];

/** Expressions that were not there in any round before. */
export const createSamples = (count: number, round: number): string[] =>
  Array.from({ length: count }, (_, index) => (KINDS[index % KINDS.length] ?? String)(round * count + index));

export const sampleScope: Scope = {
  parameters: { threshold: 0.8, region: 'eu' },
  steps: {
    fetch: {
      status: 'succeeded',
      output: {
        count: 12,
        id: 'A-17',
        name: 'abc',
        status: 'ok',
        rows: Array.from({ length: 10 }, (_, index) => ({ name: `item ${index}`, price: index * 1.5 })),
      },
    },
    score: { status: 'succeeded', output: { value: 0.4 } },
    'slow-branch': { status: 'skipped' },
  },
  run: { id: 'run' },
  trigger: { kind: 'manual' },
  iteration: 1,
  iteration_path: [1],
};
