import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manifestSchema } from '@ia-modules/plugin-sdk';
import type { InstalledPlugin, SandboxCall } from '@ia-modules/plugin-host';

/** What the plugin does, by the name of its step. */
const STEPS = {
  echo: 'return input;',
  spin: 'for (;;);',
  log: 'for (let i = 0; i < 15_000; i++) ctx.logger.info("x".repeat(200)); return null;',
  frames: 'const bytes = new TextEncoder().encode("{}\\n".repeat(20_000)); for (;;) Deno.stdout.writeSync(bytes);',
  large: 'return Array.from({ length: 49_000 }, (_, i) => ({ i }));',
  long: 'return "x".repeat(8_000_000);',
  download:
    'const response = await fetch(input); let size = 0; for await (const chunk of response.body) size += chunk.length; return size;',
} as const;
export type BenchStep = keyof typeof STEPS;

export type PluginFolder = AsyncDisposable & {
  readonly callOf: (name: BenchStep, change?: Partial<SandboxCall>) => SandboxCall;
};

/** Writes one plugin with all steps as an installation leaves it. */
export const writePluginFolder = async (permissions: object = {}): Promise<PluginFolder> => {
  const directory = await mkdtemp(join(tmpdir(), 'ia-bench-plugin-'));
  const steps = Object.entries(STEPS).map(
    ([name, run]) => `{ kind: 'step', name: '${name}', run: async (input, ctx) => { ${run} } }`,
  );
  await mkdir(join(directory, 'dist'));
  await writeFile(
    join(directory, 'dist/plugin.js'),
    `export const plugin = { contributions: [${steps.join(',\n')}] };\n`,
  );
  const manifest = manifestSchema.parse({
    apiVersion: 1,
    contributions: { steps: Object.keys(STEPS).map((name) => ({ name, title: name })) },
    permissions,
  });
  const integrity = `sha512-${directory}`;
  const plugin: InstalledPlugin = { name: '@community/bench', version: '1.0.0', integrity, directory, manifest };
  return {
    callOf: (name, change) => ({
      tenantId: 'tenant',
      plugin,
      grant: manifest.permissions,
      kind: 'step',
      name,
      task: { runId: 'run', stepId: name, attempt: 1 },
      input: null,
      idempotencyKey: 'key',
      ...change,
    }),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
};
