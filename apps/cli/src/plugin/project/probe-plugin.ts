import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describeInNode } from '@ia-modules/plugin-checks';
import { createSandboxPool, type DescribedContribution, hasSandbox, type SandboxLevel } from '@ia-modules/plugin-host';
import { manifestSchema, PlatformError } from '@ia-modules/plugin-sdk';
import type { Finding } from '../finding.ts';

export type Description = {
  readonly findings: readonly Finding[];
  readonly contributions: readonly DescribedContribution[];
};

/** Describing needs a manifest, and the manifest is what is going to be written. */
const PLACEHOLDER = { steps: [{ name: 'placeholder', title: 'Placeholder' }] };

type DescribeOptions = {
  /** The path of the module. */
  readonly module: string;
  /** How findings name it. */
  readonly entry: string;
  readonly level: SandboxLevel;
};

/** Loads a bundled module alone, without any grant, and asks what it contributes: in the sandbox where there is one. */
export const describeModule = (options: DescribeOptions): Promise<Description> =>
  hasSandbox() ? describeInSandbox(options) : describeUncaged(options);

/** Said of what ran without a sandbox, or did not run for want of one. */
export const noSandbox = (file: string, message: string): Finding => ({
  severity: 'warning',
  rule: 'no-sandbox',
  file,
  message,
  hint: 'Install the npm package `deno` beside this tool to run plugins as the platform does.',
});

const describeUncaged = async ({ module, entry }: DescribeOptions): Promise<Description> => {
  try {
    const contributions = await describeInNode(module);
    return { findings: [noSandbox(entry, 'was asked what it contributes without a sandbox')], contributions };
  } catch (error) {
    return { findings: [pluginFinding(error, entry, 'module')], contributions: [] };
  }
};

const describeInSandbox = async (options: DescribeOptions): Promise<Description> => {
  const staged = await mkdtemp(join(tmpdir(), 'ia-plugin-build-'));
  const manifest = manifestSchema.parse({ apiVersion: 1, contributions: PLACEHOLDER });
  const pool = await createSandboxPool({ level: options.level, maxProcesses: 1 });
  try {
    const entry = join(staged, manifest.entry);
    await mkdir(dirname(entry), { recursive: true });
    await cp(options.module, entry);
    const integrity = `sha512-${createHash('sha512')
      .update(await readFile(entry))
      .digest('base64')}`;
    const plugin = { name: '@ia-plugin/build', version: '1.0.0', integrity, directory: staged, manifest };
    return { findings: [], contributions: await pool.describe(plugin) };
  } catch (error) {
    return { findings: [pluginFinding(error, options.entry, 'module')], contributions: [] };
  } finally {
    await pool.close();
    await rm(staged, { recursive: true, force: true });
  }
};

const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /has no export `plugin`/,
    'Write `export const plugin = definePlugin({ … });` in src/plugin.ts, not a default export.',
  ],
  [/(?:module|exports|require) is not defined/, 'Write ES modules: `import` and `export`.'],
];

/** What a plugin's own code did wrong, as a finding. @throws the error itself when it is another one */
export const pluginFinding = (error: unknown, file: string, rule: string): Finding => {
  if (!(error instanceof PlatformError) || error.fault !== 'plugin') throw error;
  const told = error.details?.['stderr'];
  const stderr = typeof told === 'string' ? told : '';
  // What the plugin itself wrote says why its process ended.
  const message = stderr === '' ? error.message : stderr;
  return {
    severity: 'error',
    rule,
    file,
    message,
    hint: error.hint ?? HINTS.find(([pattern]) => pattern.test(message))?.[1],
  };
};
