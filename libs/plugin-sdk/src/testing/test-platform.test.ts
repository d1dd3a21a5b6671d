import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineCondition } from '../define-condition.ts';
import { definePlugin } from '../define-plugin.ts';
import { defineStep } from '../define-step.ts';
import { defineTransform } from '../define-transform.ts';
import { defineValidator } from '../define-validator.ts';
import type { Json } from '../json.ts';
import { PluginError } from '../plugin-error.ts';
import { createFakeClock } from './fake-clock.ts';
import { createTestPlatform } from './test-platform.ts';

const ANY = { input: {}, output: {} };
const city = { type: 'object', properties: { city: { type: 'string', minLength: 2 } }, required: ['city'] } as const;

const steps = [
  defineStep({
    name: 'forecast',
    input: { ...city, properties: { ...city.properties, days: { type: 'integer', default: 3 } } },
    output: { type: 'object', properties: { celsius: { type: 'number' } }, required: ['celsius'] },
    run: async ({ city: where, days }, ctx) => {
      ctx.logger.info(`asking with ${ctx.secrets['API_KEY'] ?? 'no key'}`);
      ctx.progress(0.5, 'asked');
      ctx.cost(0.25);
      ctx.metrics.count('asked');
      const response = await ctx.span('ask', () =>
        ctx.fetch(`https://api.example.com/now?city=${where}&days=${days}`, {
          headers: { authorization: `Bearer ${ctx.secrets['API_KEY'] ?? ''}` },
        }),
      );
      return (await response.json()) as { celsius: number };
    },
  }),
  defineStep({ ...ANY, name: 'wrong', run: () => ({ celsius: 'warm' }) }),
  defineStep({
    name: 'promises',
    input: {},
    output: { type: 'string' },
    run: () => JSON.parse('7') as string,
  }),
  defineStep({ ...ANY, name: 'secrets', run: (_, ctx) => ctx.secrets }),
  defineStep({ ...ANY, name: 'echo', run: (value) => ({ value, left: undefined }) as unknown as Json }),
  defineStep({ ...ANY, name: 'date', run: () => ({ at: new Date(0) }) as unknown as Json }),
  defineStep({ ...ANY, name: 'nothing', run: () => undefined as unknown as Json }),
  defineStep({ ...ANY, name: 'bigint', run: () => 1n as unknown as Json }),
  defineStep({ ...ANY, name: 'global_fetch', run: async () => (await fetch('https://api.example.com/')).status }),
  defineStep({ ...ANY, name: 'ask', run: async (url, ctx) => (await ctx.fetch(url as string)).status }),
  defineStep({ ...ANY, name: 'keep', run: (text, ctx) => ctx.blobs.put(new TextEncoder().encode(text as string)) }),
  defineStep({
    ...ANY,
    name: 'read',
    run: async (reference, ctx) => new TextDecoder().decode(await ctx.blobs.get(reference as never)),
  }),
  defineStep({ ...ANY, name: 'wait', run: async (ms, ctx) => (await ctx.clock.sleep(ms as number), ctx.clock.now()) }),
  defineStep({ ...ANY, name: 'hang', run: () => new Promise<Json>(() => {}) }),
  defineStep({ ...ANY, name: 'call', run: (uses, ctx) => ctx.plugins.call(uses as string, { n: 1 }) }),
  defineStep({
    ...ANY,
    name: 'throw',
    run: (what, ctx) => {
      if (what === 'plugin')
        throw new PluginError({ message: 'unknown city', name: 'CityError', hint: 'Ask for another.' });
      if (what === 'secret') throw new Error(`the key ${ctx.secrets['API_KEY']} is wrong`);
      if (what === 'unknown') throw Object.assign(new Error('timed out'), { outcome: 'unknown' });
      throw 'a text';
    },
  }),
];
const plugin = definePlugin({
  steps,
  transforms: [defineTransform({ name: 'echo', transform: ({ value }) => [value] })],
  validators: [
    defineValidator({
      name: 'min',
      config: { type: 'object', properties: { min: { type: 'number', default: 1 } } },
      validate: ({ value, config }) => Number(value) >= config.min,
    }),
  ],
  conditions: [
    defineCondition({ name: 'odd', evaluate: () => 'yes' as unknown as boolean }),
    defineCondition({ name: 'done', config: z.object({}), evaluate: ({ step }) => step.status === 'succeeded' }),
  ],
});
const grant = { net: ['api.example.com'], secrets: ['API_KEY'], blobs: true };
const secrets = { API_KEY: 'key-123', OTHER: 'other-123' };
const answer = { status: 200, headers: { 'content-type': 'application/json' }, body: '{"celsius":21}' };
const url = 'https://api.example.com/now?city=Rome&days=3';
const tape = [{ request: { method: 'GET', url }, response: answer }];
const platform = createTestPlatform({ plugin, grant, secrets });

describe('a call', () => {
  it('gives the output with all that was done', async () => {
    const { output, ...told } = await platform.run('forecast', { city: 'Rome' }, { http: { tape } });
    expect(output).toEqual({ celsius: 21 });
    expect(told).toMatchObject({
      logs: [{ level: 'info', message: 'asking with ***' }],
      progress: [{ fraction: 0.5, message: 'asked' }],
      costUsd: 0.25,
      metrics: [{ kind: 'counter', name: 'asked', value: 1 }],
      spans: [{ name: 'ask', parentId: null, error: null }],
      requests: [{ method: 'GET', url, headers: { authorization: 'Bearer key-123' }, body: null }],
      blobs: [],
    });
  });

  it('takes an input that the manifest refuses no further', async () => {
    await expect(platform.run('forecast', { city: 'R' })).rejects.toMatchObject({
      code: 'IA_PLUGIN_INPUT',
      message: 'The input of the step "forecast" does not fit its schema: city: must NOT have fewer than 2 characters.',
    });
    await expect(platform.run('forecast', {})).rejects.toThrow('city: is required');
  });

  it('refuses an output that the manifest does not describe', async () => {
    await expect(platform.run('promises', {})).rejects.toMatchObject({ code: 'IA_PLUGIN_OUTPUT' });
    await expect(platform.run('odd', { parameters: {}, step: {} })).rejects.toMatchObject({ code: 'IA_PLUGIN_OUTPUT' });
  });

  it('carries values as JSON, there and back', async () => {
    await expect(platform.run('echo', { a: undefined, at: new Date(0) }, { kind: 'step' })).resolves.toMatchObject({
      output: { value: { at: '1970-01-01T00:00:00.000Z' } },
    });
    await expect(platform.run('date', 1)).resolves.toMatchObject({ output: { at: '1970-01-01T00:00:00.000Z' } });
    await expect(platform.run('nothing', 1)).resolves.toMatchObject({ output: null });
    await expect(platform.run('bigint', 1)).rejects.toMatchObject({
      code: 'IA_PLUGIN_FAILED',
      message: 'What the step "bigint" returned is a value that is no JSON.',
    });
  });

  it('fills in the defaults of a configuration', async () => {
    await expect(platform.run('min', { value: 1 })).resolves.toMatchObject({ output: true });
    await expect(platform.run('min', { value: 1, config: { min: 2 } })).resolves.toMatchObject({ output: false });
    await expect(platform.run('done', { parameters: {}, step: { status: 'failed' } })).resolves.toMatchObject({
      output: false,
    });
  });

  it('tells contributions of one name apart by their kind', async () => {
    await expect(platform.run('echo', { value: 1 }, { kind: 'transform' })).resolves.toMatchObject({ output: [1] });
    await expect(platform.run('echo', 1)).rejects.toThrow('has a step and a transform "echo": say which');
    await expect(platform.run('missing', 1)).rejects.toMatchObject({
      code: 'IA_PLUGIN_STEP',
      message: '@test/plugin@0.0.0 has no contribution "missing".',
    });
  });
});

describe('what a plugin throws', () => {
  it('is told as the platform tells it', async () => {
    await expect(platform.run('throw', 'plugin')).rejects.toMatchObject({
      code: 'IA_PLUGIN_FAILED',
      name: 'CityError',
      message: 'unknown city',
      hint: 'Ask for another.',
      disposition: 'terminal',
    });
    await expect(platform.run('throw', 'secret')).rejects.toMatchObject({
      name: 'Error',
      message: 'the key *** is wrong',
      disposition: 'retry',
    });
    await expect(platform.run('throw', 'unknown')).rejects.toMatchObject({ details: { outcome: 'unknown' } });
    await expect(platform.run('throw', 'text')).rejects.toMatchObject({ name: 'PluginError', message: 'a text' });
  });

  it('is a value of an attempt, beside what was done before', async () => {
    const outcome = await platform.attempt('forecast', { city: 'Rome' });
    expect(outcome).toMatchObject({ ok: false, error: { code: 'IA_PLUGIN_NET_TAPE' }, costUsd: 0.25 });
    expect(outcome.logs).toHaveLength(1);
  });
});

describe('permissions', () => {
  it('keep hosts out that manifest or grant do not name', async () => {
    const denied = { code: 'IA_PLUGIN_NET_DENIED', name: 'NetDeniedError' };
    await expect(platform.run('ask', 'https://evil.example.com/')).rejects.toMatchObject(denied);
    await expect(platform.run('ask', 'file:///etc/passwd')).rejects.toMatchObject(denied);
    const narrow = createTestPlatform({
      plugin,
      manifest: platform.manifest,
      grant: { net: ['other.example.com'] },
      http: { tape },
    });
    await expect(narrow.run('ask', url)).rejects.toMatchObject(denied);
  });

  it('hold for the global fetch as well', async () => {
    const root = [
      { request: { method: 'GET', url: 'https://api.example.com/' }, response: { ...answer, status: 201 } },
    ];
    const { output } = await platform.run('global_fetch', null, { http: { tape: root } });
    expect(output).toBe(201);
    const { fetch: before } = globalThis;
    const none = createTestPlatform({ plugin });
    await expect(none.run('global_fetch', null)).rejects.toMatchObject({ code: 'IA_PLUGIN_NET_DENIED' });
    expect(globalThis.fetch).toBe(before);
  });

  it('keep secrets back that are not granted', async () => {
    await expect(platform.run('secrets', 1)).resolves.toMatchObject({ output: { API_KEY: 'key-123' } });
    const none = createTestPlatform({ plugin, manifest: platform.manifest, grant: { secrets: [] }, secrets });
    await expect(none.run('secrets', 1)).resolves.toMatchObject({ output: {} });
  });

  it('keep bytes where they are allowed', async () => {
    const { output, blobs } = await platform.run('keep', 'hello');
    expect(blobs).toEqual([{ reference: output, bytes: new TextEncoder().encode('hello') }]);
    await expect(platform.run('read', output)).resolves.toMatchObject({ output: 'hello' });
    const given = platform.putBlob(new TextEncoder().encode('given'), 'text/plain');
    await expect(platform.run('read', given)).resolves.toMatchObject({ output: 'given' });
    await expect(platform.run('read', { ...given, blob: 'none' })).rejects.toMatchObject({ code: 'IA_BLOB_MISSING' });
    const none = createTestPlatform({ plugin });
    await expect(none.run('keep', 'x')).rejects.toMatchObject({ code: 'IA_PLUGIN_BLOB_DENIED' });
  });
});

describe('time', () => {
  it('is what a fake clock says', async () => {
    const clock = createFakeClock(1_000);
    const running = platform.run('wait', 60_000, { clock });
    await clock.advance(60_000);
    await expect(running).resolves.toMatchObject({ output: 61_000 });
  });

  it('ends a call that takes too long', async () => {
    await expect(platform.run('hang', 1, { timeoutMs: 1 })).rejects.toMatchObject({
      code: 'IA_TASK_TIMEOUT',
      disposition: 'timeout',
    });
  });

  it('ends a call that is canceled, and wakes who sleeps in it', async () => {
    const controller = new AbortController();
    const clock = createFakeClock();
    const running = platform.run('wait', 10, { signal: controller.signal, clock });
    await clock.advance(0);
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: 'IA_PLUGIN_CANCELED' });
    expect(clock.sleepers()).toBe(0);
    await expect(platform.run('hang', 1, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'IA_PLUGIN_CANCELED',
    });
  });
});

describe('dependencies', () => {
  const packageOf = (name: string, dependencies: object) => ({
    name,
    version: '1.0.0',
    iaModules: {
      apiVersion: 1,
      contributions: {
        steps: [
          { name: 'call', title: 'Call' },
          { name: 'echo', title: 'Echo' },
        ],
      },
      dependencies,
    },
  });
  const leaf = createTestPlatform({ plugin, packageJson: packageOf('@a/leaf', { '@a/leaf2': '*' }) });
  const caller = createTestPlatform({
    plugin,
    packageJson: packageOf('@a/caller', { '@a/leaf': '^1', '@a/gone': '^1' }),
    dependencies: { '@a/leaf': leaf },
  });

  it('are called in worlds of their own', async () => {
    await expect(caller.run('call', '@a/leaf#echo')).resolves.toMatchObject({ output: { value: { n: 1 } } });
  });

  it.each([
    ['@b/other#echo', '@b/other is no dependency of @a/caller.'],
    ['@a/gone#echo', 'No test platform runs @a/gone.'],
  ])('are only those that the manifest names: %s', async (uses, message) => {
    await expect(caller.run('call', uses)).rejects.toMatchObject({ code: 'IA_PLUGIN_DEPENDENCY', message });
  });

  it('tell what went wrong in them', async () => {
    await expect(caller.run('call', '@a/leaf#missing')).rejects.toMatchObject({
      message: '@a/leaf@1.0.0 has no step "missing".',
    });
  });
});

describe('the life of a plugin', () => {
  it('begins once, and again when it failed', async () => {
    let begun = 0;
    let ended = 0;
    const living = createTestPlatform({
      plugin: definePlugin({
        steps: [defineStep({ ...ANY, name: 'x', run: () => begun })],
        init: () => {
          if (++begun === 1) throw new Error('not yet');
        },
        health: (ctx) => {
          if (ctx.secrets['API_KEY'] === undefined) throw new Error('no key');
        },
        shutdown: () => void ended++,
      }),
      grant,
    });
    await expect(living.run('x', 1)).rejects.toThrow('not yet');
    await living.run('x', 1);
    await expect(living.run('x', 1)).resolves.toMatchObject({ output: 2 });
    await expect(living.health()).rejects.toThrow('no key');
    await expect(living.health({ secrets })).resolves.toBeUndefined();
    await living.close();
    expect(ended).toBe(1);
  });

  it('does not begin with a manifest that is not valid', () => {
    expect(() => createTestPlatform({ plugin, packageJson: { name: 'x' } })).toThrow(
      expect.objectContaining({
        code: 'IA_PLUGIN_MANIFEST',
        message: expect.stringContaining('iaModules is missing') as string,
      }),
    );
  });

  it('drops log lines that nobody would read', async () => {
    const chatty = definePlugin({
      steps: [
        defineStep({
          ...ANY,
          name: 'x',
          run: (_, ctx) => {
            for (let line = 0; line < 2_000; line++) ctx.logger.info('y'.repeat(5_000));
            return null;
          },
        }),
      ],
    });
    const { logs } = await createTestPlatform({ plugin: chatty }).run('x', 1);
    expect(logs).toHaveLength(1_001);
    expect(logs[0]?.message).toHaveLength(4_096);
    expect(logs.at(-1)?.message).toBe('Further log lines of this call are dropped.');
  });
});
