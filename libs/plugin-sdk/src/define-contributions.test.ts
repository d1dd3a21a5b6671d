import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import type { PluginContext } from './context.ts';
import { CONTRIBUTION_KINDS } from './contribution.ts';
import { defineCondition, type LeftStep } from './define-condition.ts';
import { defineExporter, type MetricPoint } from './define-exporter.ts';
import { defineHook, type HookEvent } from './define-hook.ts';
import { definePlugin, findContribution } from './define-plugin.ts';
import { defineReporter, type ReportedEvent } from './define-reporter.ts';
import { defineStep } from './define-step.ts';
import { defineTransform } from './define-transform.ts';
import { defineValidator } from './define-validator.ts';
import type { Json, JsonObject } from './json.ts';

const ctx = { idempotencyKey: 'k' } as PluginContext;
const left: LeftStep = { id: 'a', status: 'succeeded', output: { n: 3 }, error: null };
const literal = { type: 'object', properties: { min: { type: 'number', default: 0 } } } as const;
const parsed = z.object({ min: z.coerce.number().default(1) });

describe('defineCondition', () => {
  const condition = defineCondition({
    name: 'above',
    config: parsed,
    evaluate: ({ config, parameters, step }) => {
      expectTypeOf(config).toEqualTypeOf<{ min: number }>();
      expectTypeOf(parameters).toEqualTypeOf<JsonObject>();
      expectTypeOf(step).toEqualTypeOf<LeftStep>();
      return (step.output as { n: number }).n > config.min;
    },
  });

  it('answers with what it finds of the step that is left', async () => {
    await expect(condition.run({ config: { min: '2' }, parameters: {}, step: left }, ctx)).resolves.toBe(true);
    await expect(condition.run({ config: { min: 3 }, parameters: {}, step: left }, ctx)).resolves.toBe(false);
  });

  it('fills in a configuration that nobody wrote', async () => {
    await expect(condition.run({ parameters: {}, step: left }, ctx)).resolves.toBe(true);
  });

  it('names what is wrong with its configuration', async () => {
    const call = condition.run({ config: { min: 'many' }, parameters: {}, step: left }, ctx);
    await expect(call).rejects.toMatchObject({
      code: 'IA_PLUGIN_INPUT',
      message: expect.stringContaining('The config of condition "above" is not valid: min:') as string,
    });
  });

  it('answers yes or no and nothing else', () => {
    // @ts-expect-error a condition is a boolean
    expect(defineCondition({ name: 'x', evaluate: () => 'yes' }).kind).toBe('condition');
  });
});

describe('defineValidator', () => {
  it('passes the value and the configuration on', async () => {
    const validator = defineValidator({
      name: 'min',
      config: literal,
      validate: ({ value, config }) => {
        expectTypeOf(value).toEqualTypeOf<Json>();
        expectTypeOf(config).toEqualTypeOf<{ readonly min: number }>();
        if (Number(value) >= config.min) return true;
        return { valid: false, errors: [{ path: '$', message: `is below ${config.min}` }] };
      },
    });
    await expect(validator.run({ value: 4, config: { min: 3 } }, ctx)).resolves.toBe(true);
    await expect(validator.run({ value: 2, config: { min: 3 } }, ctx)).resolves.toEqual({
      valid: false,
      errors: [{ path: '$', message: 'is below 3' }],
    });
  });

  it('refuses a verdict without reasons', () => {
    // @ts-expect-error errors are missing
    expect(defineValidator({ name: 'x', validate: () => ({ valid: false }) }).kind).toBe('validator');
  });
});

describe('defineTransform', () => {
  it('gives what takes the place of the value', async () => {
    const transform = defineTransform({ name: 'upper', transform: ({ value }) => JSON.stringify(value).toUpperCase() });
    await expect(transform.run({ value: 'a' }, ctx)).resolves.toBe('"A"');
  });

  it('refuses to give what is no JSON', () => {
    // @ts-expect-error a date is no JSON
    expect(defineTransform({ name: 'x', transform: () => new Date() }).kind).toBe('transform');
  });
});

describe('defineHook, defineReporter and defineExporter', () => {
  const event: HookEvent = { type: 'step_failed', stepId: 'a', data: null };
  const reported: ReportedEvent = { runId: 'r', seq: 1, at: 0, type: 'run_started' };
  const point: MetricPoint = { name: 'm', kind: 'counter', unit: '{run}', value: 1, labels: {}, at: 0 };

  it('hand on what happened, and answer with nothing', async () => {
    const seen: unknown[] = [];
    const hook = defineHook({ name: 'h', handle: (call) => void seen.push(call) });
    const reporter = defineReporter({ name: 'r', config: literal, report: (call) => void seen.push(call) });
    const exporter = defineExporter({ name: 'e', config: parsed, export: (call) => void seen.push(call) });
    await expect(hook.run({ event, config: {} }, ctx)).resolves.toBeNull();
    await expect(reporter.run({ events: [reported], config: { min: 2 } }, ctx)).resolves.toBeNull();
    await expect(exporter.run({ points: [point] }, ctx)).resolves.toBeNull();
    expect(seen).toEqual([
      { event, config: {} },
      { events: [reported], config: { min: 2 } },
      { points: [point], config: { min: 1 } },
    ]);
  });

  it('know the types of what they get', () => {
    defineHook({ name: 'h', handle: (call) => void expectTypeOf(call.event).toEqualTypeOf<HookEvent>() });
    defineReporter({
      name: 'r',
      report: (call) => void expectTypeOf(call.events).toEqualTypeOf<readonly ReportedEvent[]>(),
    });
    defineExporter({
      name: 'e',
      export: (call) => void expectTypeOf(call.points).toEqualTypeOf<readonly MetricPoint[]>(),
    });
  });
});

describe('defineStep', () => {
  it('refuses outputs that the schema does not describe', () => {
    defineStep({
      name: 'x',
      input: {},
      output: { type: 'object', properties: { celsius: { type: 'number' } }, required: ['celsius'] },
      // @ts-expect-error celsius is a number
      run: () => ({ celsius: 'warm' }),
    });
    // @ts-expect-error the output of the zod schema is a number
    expect(defineStep({ name: 'x', input: z.string(), output: z.number(), run: (text) => text }).kind).toBe('step');
  });

  it('lets a property with a default be left out of the output, and has it in the input', () => {
    defineStep({
      name: 'x',
      input: literal,
      output: literal,
      run: ({ min }) => {
        expectTypeOf(min).toEqualTypeOf<number>();
        return {};
      },
    });
  });

  it('describes a zod schema by what callers write and get', () => {
    const step = defineStep({
      name: 'page.count_words',
      description: 'Counts.',
      icon: 'count.svg',
      input: z.object({ text: z.string().default('') }),
      output: z.object({ words: z.number().default(0) }),
      run: ({ text }) => ({ words: text.length }),
    });
    expect(step.describe()).toEqual({
      name: 'page.count_words',
      title: 'Page count words',
      description: 'Counts.',
      icon: 'count.svg',
      input: { type: 'object', properties: { text: { type: 'string', default: '' } } },
      output: {
        type: 'object',
        properties: { words: { type: 'number', default: 0 } },
        required: ['words'],
        additionalProperties: false,
      },
    });
  });

  it('describes a literal as it is written', () => {
    const validator = defineValidator({ name: 'min', title: 'Minimum', config: literal, validate: () => true });
    expect(validator.describe()).toEqual({ name: 'min', title: 'Minimum', description: '', config: literal });
  });
});

describe('definePlugin', () => {
  const step = defineStep({ name: 'map', input: {}, output: {}, run: (value) => value });
  const transform = defineTransform({ name: 'map', transform: ({ value }) => value });

  it('gathers every kind in the order of the manifest', () => {
    const plugin = definePlugin({
      exporters: [defineExporter({ name: 'g', export: () => {} })],
      reporters: [defineReporter({ name: 'f', report: () => {} })],
      hooks: [defineHook({ name: 'e', handle: () => {} })],
      transforms: [defineTransform({ name: 'd', transform: () => 1 })],
      validators: [defineValidator({ name: 'c', validate: () => true })],
      conditions: [defineCondition({ name: 'b', evaluate: () => true })],
      steps: [step],
    });
    expect(plugin.contributions.map(({ kind }) => kind)).toEqual(CONTRIBUTION_KINDS);
    expect(Object.keys(plugin)).toEqual(['contributions']);
  });

  it('lets a step and a transform have one name, and finds each by its kind', () => {
    const plugin = definePlugin({ steps: [step], transforms: [transform] });
    expect(findContribution(plugin, 'step', 'map')).toBe(step);
    expect(findContribution(plugin, 'transform', 'map')).toBe(transform);
    expect(findContribution(plugin, 'hook', 'map')).toBeUndefined();
  });

  it('keeps the lifecycle', () => {
    const lifecycle = { init: () => {}, health: () => {}, shutdown: () => {} };
    expect(definePlugin({ steps: [step], ...lifecycle })).toMatchObject(lifecycle);
  });

  it('refuses a contribution in the list of another kind', () => {
    // @ts-expect-error a transform is no step
    expect(definePlugin({ steps: [transform] }).contributions).toEqual([transform]);
  });
});
