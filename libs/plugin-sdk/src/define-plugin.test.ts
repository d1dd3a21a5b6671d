import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import type { PluginContext } from './context.ts';
import { definePlugin } from './define-plugin.ts';
import { defineStep } from './define-step.ts';

const ctx = { idempotencyKey: 'k' } as PluginContext;

const double = defineStep({
  name: 'double',
  input: z.object({ n: z.coerce.number() }),
  output: z.object({ n: z.number().max(100) }),
  run: ({ n }) => {
    expectTypeOf(n).toEqualTypeOf<number>();
    return { n: n * 2 };
  },
});

describe('defineStep', () => {
  it('hands the parsed input to run and returns the parsed output', async () => {
    await expect(double.run({ n: '21' }, ctx)).resolves.toEqual({ n: 42 });
  });

  it('refuses an input that the zod schema refuses', async () => {
    await expect(double.run({ n: 'x' }, ctx)).rejects.toMatchObject({
      code: 'IA_PLUGIN_INPUT',
      name: 'ValidationError',
      retryable: false,
    });
  });

  it('refuses an output that the zod schema refuses', async () => {
    await expect(double.run({ n: 99 }, ctx)).rejects.toMatchObject({ code: 'IA_PLUGIN_FAILED' });
  });

  it.each(['input', 'output'] as const)('refuses a step without a schema for its %s', (what) => {
    const init = { name: 'bare', input: {}, output: {}, run: () => 1, [what]: undefined };
    const define = (): unknown => defineStep(init as Parameters<typeof defineStep>[0]);
    expect(define).toThrow(
      expect.objectContaining({
        code: 'IA_PLUGIN_SCHEMA',
        message: `The step "bare" has no schema for its ${what}.`,
        hint: `Give it one, of zod or as JSON Schema; ${what}: {} takes everything.`,
      }),
    );
  });

  it('infers types from a JSON Schema literal', async () => {
    const step = defineStep({
      name: 'greet',
      input: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          tags: { type: 'array', items: { enum: ['a', 'b'] } },
          age: { type: 'integer' },
        },
        required: ['name'],
      },
      output: { type: 'string' },
      run: ({ name, tags, age }) => {
        expectTypeOf(name).toEqualTypeOf<string>();
        expectTypeOf(tags).toEqualTypeOf<readonly ('a' | 'b')[] | undefined>();
        expectTypeOf(age).toEqualTypeOf<number | undefined>();
        return `Hello ${name}`;
      },
    });
    await expect(step.run({ name: 'Ada' }, ctx)).resolves.toBe('Hello Ada');
  });
});

describe('definePlugin', () => {
  it('refuses two steps of one name', () => {
    expect(() => definePlugin({ steps: [double, double] })).toThrow('Two steps are called "double".');
  });
});
