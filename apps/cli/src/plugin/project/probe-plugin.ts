import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createSandboxPool, type SandboxLevel } from '@ia-modules/plugin-host';
import {
  CONTRIBUTION_KINDS,
  type ContributionDescription,
  type ContributionKind,
  type Json,
  manifestSchema,
  PlatformError,
  type PluginManifest,
} from '@ia-modules/plugin-sdk';
import { build } from 'esbuild';
import { z } from 'zod';
import type { Finding } from '../finding.ts';
import { BUNDLE_OPTIONS, bundleFindings } from './bundle-plugin.ts';

export type DescribedContribution = ContributionDescription & { readonly kind: ContributionKind };
export type Description = {
  readonly findings: readonly Finding[];
  readonly contributions: readonly DescribedContribution[];
};

export type ProbedModule = {
  /** The path of a bundled module. */
  readonly module: string;
  /** How findings name it. */
  readonly entry: string;
  readonly level: SandboxLevel;
};

const describedSchema = z.array(
  z.looseObject({
    kind: z.enum(CONTRIBUTION_KINDS),
    name: z.string(),
    title: z.string(),
    description: z.string(),
  }),
);

/** A module whose steps tell what the plugin's module contributes, and whether it can work. */
const probeSource = (module: string): string => `
import { plugin as probed } from ${JSON.stringify(module)};
const step = (name, run) => ({ kind: 'step', name, describe: () => ({}), run });
export const plugin = { contributions: [
  step('describe', async () => probed.contributions.map((item) => ({ kind: item.kind, ...item.describe() }))),
  step('health', async (_input, ctx) => { await probed.init?.(ctx); await probed.health?.(ctx); return null; }),
] };
`;

const PROBES = ['describe', 'health'] as const;
type Probe = (typeof PROBES)[number];

/** Loads a bundled module alone in the sandbox, without any grant, and asks what it contributes. */
export const describeModule = async (probed: ProbedModule): Promise<Description> => {
  try {
    const answer = await ask(probed, 'describe', undefined);
    return { findings: [], contributions: describedSchema.parse(answer) as readonly DescribedContribution[] };
  } catch (error) {
    return { findings: probeFindings(error, probed.entry), contributions: [] };
  }
};

/** Starts the plugin as a process of the platform would, with all that its manifest asks for, and asks whether it can work. */
export const checkHealth = async (
  probed: ProbedModule,
  permissions: PluginManifest['permissions'],
): Promise<readonly Finding[]> => {
  try {
    await ask(probed, 'health', permissions);
    return [];
  } catch (error) {
    return probeFindings(error, probed.entry).map((finding) => ({ ...finding, rule: 'health' }));
  }
};

const ask = async (
  { module, level }: ProbedModule,
  name: Probe,
  permissions: PluginManifest['permissions'] | undefined,
): Promise<Json> => {
  const staged = await mkdtemp(join(tmpdir(), 'ia-plugin-build-'));
  const steps = PROBES.map((probe) => ({ name: probe, title: probe }));
  const manifest = manifestSchema.parse({ apiVersion: 1, contributions: { steps }, permissions });
  const pool = await createSandboxPool({ level, maxProcesses: 1 });
  try {
    const entry = join(staged, manifest.entry);
    await mkdir(dirname(entry), { recursive: true });
    await build({
      ...BUNDLE_OPTIONS,
      stdin: { contents: probeSource(module), resolveDir: dirname(module), loader: 'js' },
      outfile: entry,
    });
    const integrity = `sha512-${createHash('sha512')
      .update(await readFile(entry))
      .digest('base64')}`;
    return await pool.call({
      plugin: { name: 'probe', version: '1.0.0', integrity, directory: staged, manifest },
      grant: { net: manifest.permissions.net, secrets: [], blobs: manifest.permissions.blobs },
      tenantId: '',
      kind: 'step',
      name,
      input: null,
      idempotencyKey: 'probe',
      task: { runId: 'probe', stepId: 'probe', attempt: 1 },
    });
  } finally {
    await pool.close();
    await rm(staged, { recursive: true, force: true });
  }
};

const probeFindings = (error: unknown, entry: string): readonly Finding[] => {
  if (error instanceof z.ZodError) {
    const message = `what it contributes can not be read: ${z.prettifyError(error)}`;
    return [{ severity: 'error', rule: 'module', file: entry, message }];
  }
  if (!(error instanceof PlatformError)) return bundleFindings(error, entry);
  if (error.fault !== 'plugin') throw error;
  const { stderr } = { stderr: '', ...error.details };
  const message = `${error.message} ${String(stderr)}`.trimEnd();
  return [{ severity: 'error', rule: 'module', file: entry, message, hint: error.hint }];
};
