import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

/** Bundles a plugin as `ia-plugin build` does, and names the packages that its code came from. */
const packagesIn = async (source: string): Promise<readonly string[]> => {
  const { metafile } = await build({
    stdin: { contents: source, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['ia-src', 'import'],
    logLevel: 'silent',
  });
  const outputs = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  const files = outputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file);
  return [...new Set(files.map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? 'own code'))];
};

const LITERAL = `
  import { definePlugin, defineStep, PluginError } from '@ia-modules/plugin-sdk';
  export const plugin = definePlugin({
    steps: [defineStep({ name: 'x', input: {}, output: {}, run: () => { throw new PluginError({ message: 'no' }); } })],
  });`;
const WITH_ZOD = `
  import { z } from 'zod';
  import { definePlugin, defineStep } from '@ia-modules/plugin-sdk';
  export const plugin = definePlugin({ steps: [defineStep({ name: 'x', input: z.string(), output: z.string(), run: (x) => x })] });`;

describe('the bundle of a plugin', () => {
  it('has nothing but its code and the SDK where its schemas are literals', async () => {
    expect(await packagesIn(LITERAL)).toEqual(['own code']);
  });

  it('has zod where its schemas are of zod, and no other package', async () => {
    expect((await packagesIn(WITH_ZOD)).toSorted()).toEqual(['own code', 'zod']);
  });

  it('can be made of everything that the SDK exports, without a module of Node', async () => {
    const everything = `import * as sdk from '@ia-modules/plugin-sdk'; export const plugin = sdk;`;
    expect((await packagesIn(everything)).toSorted()).toEqual(['own code', 'zod']);
  });
});
