import type { JsonObject } from '@ia-modules/plugin-sdk';
import { expect, it } from 'vitest';
import { validatePipeline } from './validate-pipeline.ts';

const findings = (step: JsonObject, flow: JsonObject = {}): string[] =>
  validatePipeline({
    name: 'test',
    steps: [
      { id: 'a', uses: 'x.y', timeout: '1s', ...step },
      { id: 'b', uses: 'core.fail' },
    ],
    flow: { transitions: [{ from: 'a', to: 'b' }], ...flow },
  }).diagnostics.map(({ severity, code, path }) => `${severity} ${code} ${path}`);

const compensate = { uses: 'x.undo' };

it.each<[string, JsonObject, JsonObject | undefined, string[]]>([
  ['nothing asks for it', { compensate }, {}, ['warning IA_PIPELINE_COMPENSATION $.steps[0].compensate']],
  [
    'the flow has nothing to undo',
    {},
    { on_failure: 'compensate' },
    ['warning IA_PIPELINE_COMPENSATION $.flow.on_failure'],
  ],
  [
    'a step has nothing to undo',
    { on_error: 'compensate' },
    {},
    ['warning IA_PIPELINE_COMPENSATION $.steps[0].on_error'],
  ],
  ['the flow asks for it', { compensate }, { on_failure: 'compensate' }, []],
  ['a step asks for it', { compensate, on_error: 'compensate' }, {}, []],
  [
    'what is undone can not be read',
    { compensate: 5 },
    { on_failure: 'compensate' },
    ['error IA_PIPELINE_SHAPE $.steps[0].compensate'],
  ],
])('tells of compensations when %s', (_, step, flow, expected) => {
  expect(findings(step, flow)).toEqual(expected);
});
