import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createSandboxPool, type SandboxLevel } from '@ia-modules/plugin-host';
import {
  CONTRIBUTION_KINDS,
  type ContributionDescription,
  type ContributionKind,
  manifestSchema,
  PlatformError,
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

const describedSchema = z.array(
  z.looseObject({
    kind: z.enum(CONTRIBUTION_KINDS),
    name: z.string(),
    title: z.string(),
    description: z.string(),
  }),
);

/** A module whose one step tells what the plugin's module contributes. */
const probeSource = (module: string): string => `
import { plugin as probed } from ${JSON.stringify(module)};
const run = async () => probed.contributions.map((item) => ({ kind: item.kind, ...item.describe() }));
export const plugin = { contributions: [{ kind: 'step', name: 'probe', describe: () => ({}), run }] };
`;

const PROBE = { steps: [{ name: 'probe', title: 'Probe' }] };

/** Loads a bundled module alone in the sandbox, without any grant, and asks what it contributes. */
export const describeModule = async (options: {
  readonly module: string;
  /** How findings name the module. */
  readonly entry: string;
  readonly level: SandboxLevel;
}): Promise<Description> => {
  const staged = await mkdtemp(join(tmpdir(), 'ia-plugin-build-'));
  const manifest = manifestSchema.parse({ apiVersion: 1, contributions: PROBE });
  const pool = await createSandboxPool({ level: options.level, maxProcesses: 1 });
  try {
    const entry = join(staged, manifest.entry);
    await mkdir(dirname(entry), { recursive: true });
    await build({
      ...BUNDLE_OPTIONS,
      stdin: { contents: probeSource(options.module), resolveDir: dirname(options.module), loader: 'js' },
      outfile: entry,
    });
    const integrity = `sha512-${createHash('sha512')
      .update(await readFile(entry))
      .digest('base64')}`;
    const answer = await pool.call({
      plugin: { name: 'probe', version: '1.0.0', integrity, directory: staged, manifest },
      grant: { net: [], secrets: [], blobs: false },
      tenantId: '',
      kind: 'step',
      name: 'probe',
      input: null,
      idempotencyKey: 'probe',
      task: { runId: 'probe', stepId: 'probe', attempt: 1 },
    });
    return { findings: [], contributions: describedSchema.parse(answer) as readonly DescribedContribution[] };
  } catch (error) {
    return { findings: loadFindings(error, options.entry), contributions: [] };
  } finally {
    await pool.close();
    await rm(staged, { recursive: true, force: true });
  }
};

const loadFindings = (error: unknown, entry: string): readonly Finding[] => {
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
