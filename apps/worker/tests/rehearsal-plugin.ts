import type { PluginReference } from '@ia-modules/engine';
import { manifestSchema } from '@ia-modules/plugin-sdk';
import { buildTarball, type TarballServer } from './tarball-server.ts';

export const REHEARSED = '@community/rehearsed';

/** What both versions do, and what each of them does in its own way. */
const SHARED = `
const steps = {
  greet: async ({ name }) => ({ text: 'Hello ' + name, length: name.length }),
  swap: async ({ a, b }) => (MAJOR === 1 ? { a, b, sum: 1.0 } : { sum: 1, b, a }),
  price: async ({ amount }) =>
    MAJOR === 1
      ? { total: amount * 2, currency: 'EUR', lines: [1, 2], 'a/b~c': 1 }
      : { total: amount * 3, lines: [1, 2, 3], 'a/b~c': 2, tax: { rate: 19 } },
  breaks: async ({ name }) => { if (MAJOR === 2) throw new Error('no longer: ' + name); return { name }; },
  heals: async ({ name }) => { if (MAJOR === 1) throw new TypeError('not yet: ' + name); return { name }; },
  strict: async (input) => ({ seen: Object.keys(input).length }),
  calls: async ({ url }, ctx) => (MAJOR === 1 ? { status: 0 } : { status: (await ctx.fetch(url + '/path?key=1')).status }),
  called: async ({ url }, ctx) => ({ status: (await ctx.fetch(url)).status, by: MAJOR }),
  guarded: async ({ url }, ctx) => {
    const answer = await ctx.fetch(url).then(() => 'there', () => 'away');
    return { answer, by: MAJOR };
  },
  secret: async (_input, ctx) => {
    if (ctx.secrets.API_KEY === undefined) throw new Error('API_KEY is missing');
    return { ok: true };
  },
  random: async () => ({ id: Math.random(), tags: { ['tag' + Math.random()]: 1 }, name: 'n' }),
  random_and_other: async () => ({ id: Math.random(), name: 'n' + MAJOR }),
  newly_random: async () => ({ id: MAJOR === 1 ? 1 : Math.random() }),
  dated: async (_input, ctx) => ({ now: Date.now(), clock: ctx.clock.now() }),
  slow: async () => { while (MAJOR === 2); return { done: true }; },
  crashes: async () => { if (MAJOR === 2) { const held = []; for (;;) held.push(new Array(1e6).fill(held.length)); } return { done: true }; },
  key: async (_input, ctx) => ({ key: ctx.idempotencyKey, attempt: ctx.task.attempt }),
  keeps: async ({ text }, ctx) => {
    const kept = await ctx.blobs.put(new TextEncoder().encode(text), { contentType: 'text/plain' });
    return { kept, again: new TextDecoder().decode(await ctx.blobs.get(kept)) };
  },
  reads: async ({ reference }, ctx) => ({ text: new TextDecoder().decode(await ctx.blobs.get(reference)) }),
  large: async ({ text }) => ({ text }),
};
const others = {
  validator: { is_short: async ({ value }) => ({ valid: value.text.length < 10 / MAJOR, errors: [] }) },
};
export const plugin = {
  contributions: Object.entries({ step: steps, ...others }).flatMap(([kind, runs]) =>
    Object.entries(runs).map(([name, run]) => ({ kind, name, run }))),
};
`;

const STEPS = [
  ...SHARED.slice(SHARED.indexOf('const steps'), SHARED.indexOf('const others')).matchAll(/^ {2}(\w+): async/gm),
].map(([, name = '']) => name);

const STRICT_INPUT = { type: 'object', required: ['size'], properties: { size: { type: 'integer' } } };

/** Publishes one of the two versions: the second asks for a number where the first takes anything. */
export const serveRehearsed = (registry: TarballServer, major: 1 | 2, host: string): PluginReference => {
  const version = `${major}.0.0`;
  const iaModules = manifestSchema.parse({
    apiVersion: 1,
    contributions: {
      steps: STEPS.map((name) => ({
        name,
        title: name,
        ...(name === 'strict' && major === 2 ? { input: STRICT_INPUT } : {}),
      })),
      validators: [{ name: 'is_short', title: 'Is short' }],
    },
    permissions: { net: [host], secrets: ['API_KEY'], blobs: true, timeoutMs: 1_500, memoryMb: 128 },
  });
  const code = `const MAJOR = ${major};\n${SHARED}`;
  return registry.serve(
    REHEARSED,
    version,
    buildTarball([
      {
        path: 'package/package.json',
        content: JSON.stringify({ name: REHEARSED, version, type: 'module', iaModules }),
      },
      { path: 'package/dist/plugin.js', content: code },
    ]),
  );
};
