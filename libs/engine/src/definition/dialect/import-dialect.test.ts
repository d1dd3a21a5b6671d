import { expect, it } from 'vitest';
import { validatePipeline } from '../../validation/validate-pipeline.ts';

const SOURCE = `{
  "name": "x",
  "parameters": [{ "name": "n", "schema": { "type": "integer" }, "required": true }],
  "steps": [
    { "id": "a", "step_class": "A", "module": "steps", "inputs": [{ "name": "n", "source": "{parameters.n}" }] },
    { "id": "b", "step_class": "B", "module": "steps", "inputs": { "n": "{{ a.n }}" } }
  ],
  "flow": {
    "start_at": "a",
    "paths": [
      { "from_step": "a", "to_step": "b", "condition": { "type": "always" } }
    ]
  }
}`;

/** Code, path, and what stands in the source at the finding's line and column. */
const problems = (source: string): string[] =>
  validatePipeline(source)
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ code, path, line, column }) => {
      const [there = ''] =
        /^("[^"]*"|\S+)/.exec(source.split('\n')[(line ?? 0) - 1]?.slice((column ?? 0) - 1) ?? '') ?? [];
      return `${code} ${path} ${there}`;
    });

it('validates what an older dialect says, and reports each rewrite as an info', () => {
  const { definition, diagnostics } = validatePipeline(SOURCE);
  expect(definition?.steps[1]).toEqual({ id: 'b', uses: './steps.ts#B', with: { n: '{{ steps.a.output.n }}' } });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const rewrites = diagnostics.filter(({ code }) => code === 'IA_PIPELINE_IMPORT');
  expect(rewrites.every(({ severity, line }) => severity === 'info' && line !== null)).toBe(true);
  expect(rewrites.map(({ path }) => path)).toEqual([
    '$.parameters',
    '$.steps[0].step_class',
    '$.steps[0].inputs',
    '$.steps[0].inputs[0].source',
    '$.steps[1].step_class',
    '$.steps[1].inputs',
    '$.steps[1].inputs.n',
    '$.flow.paths',
    '$.flow.paths[0].from_step',
  ]);
});

it.each([
  ['{parameters.n}', '{parameters.m}', 'IA_PIPELINE_UNKNOWN_PARAMETER $.steps[0].inputs[0].source "{parameters.m}"'],
  ['{{ a.n }}', '{{ b.n }}', 'IA_PIPELINE_REFERENCE $.steps[1].inputs.n "{{ b.n }}"'],
  ['"to_step": "b"', '"to_step": "c"', 'IA_PIPELINE_UNKNOWN_STEP $.flow.paths[0].to_step "c"'],
  ['"start_at": "a"', '"start_at": "z"', 'IA_PIPELINE_UNKNOWN_STEP $.flow.start_at "z"'],
  ['{ "type": "integer" }', '{ "type": "numeral" }', 'IA_PIPELINE_PARAMETERS $.parameters[0].schema.type "numeral"'],
  ['"type": "always"', '"type": "sometimes"', 'IA_PIPELINE_IMPORT_LEFTOVER $.flow.paths[0].condition {'],
  ['"step_class": "A"', '"type": "condition"', 'IA_PIPELINE_IMPORT_LEFTOVER $.steps[0] {'],
])('tells where the source is wrong: %s → %s', (written, slip, problem) => {
  expect(problems(SOURCE.replace(written, slip))).toContain(problem);
});

it('says of a place that could not be read only that', () => {
  const source = SOURCE.replace('"step_class": "A"', '"type": "condition"');
  expect(problems(source)).toEqual(['IA_PIPELINE_IMPORT_LEFTOVER $.steps[0] {']);
});

it('leaves room for what is wrong in a file with thousands of rewrites', () => {
  const steps = Array.from({ length: 2_000 }, (_, index) => ({ id: `s${index}`, step_class: 'S', module: 'steps' }));
  const { diagnostics } = validatePipeline({ name: 'x', steps: [...steps, { id: 's0', uses: 'core.noop' }] });
  expect(diagnostics.some(({ code }) => code === 'IA_PIPELINE_DUPLICATE_STEP')).toBe(true);
  expect(diagnostics).toContainEqual(
    expect.objectContaining({ path: '$', message: '1500 more parts of the older dialect were rewritten.' }),
  );
});
