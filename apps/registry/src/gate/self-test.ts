import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { compareContributions, describeInNode, readFixtures, runFixtures } from '@ia-modules/plugin-checks';
import {
  createSandboxPool,
  type DescribedContribution,
  type InstalledPlugin,
  type SandboxLevel,
  type SandboxPool,
} from '@ia-modules/plugin-host';
import {
  CONTRIBUTION_LISTS,
  contributionsOf,
  manifestSchema,
  PlatformError,
  type PluginManifest,
} from '@ia-modules/plugin-sdk';
import { extract } from 'tar';
import { createByteGate } from '../http/byte-gate.ts';
import type { Problem } from '../problem.ts';

export type Candidate = Readonly<{
  name: string;
  version: string;
  integrity: string;
  manifest: PluginManifest;
  tarball: Buffer;
}>;

/** Runs a plugin as an installation would, and says what does not work. */
export type SelfTest = (candidate: Candidate) => Promise<readonly Problem[]>;

const MAX_AT_ONCE = 2;
const MAX_FIXTURES = 200;
const MAX_NAMED = 5;
const MAX_MESSAGE_CHARS = 500;
const TIMEOUT_MS = 60_000;
const PIECE_BYTES = 256 * 1024;

/**
 * The code is loaded in the sandbox without network and grants and must contribute what the manifest says; then the fixtures
 * in the tarball run, their requests answered from what they recorded.
 */
export function createSelfTest(level: SandboxLevel): SelfTest {
  const turns = createByteGate(MAX_AT_ONCE);
  return async (candidate) =>
    await turns(1, async () => {
      const directory = await mkdtemp(join(tmpdir(), 'ia-self-test-'));
      try {
        await unpack(candidate.tarball, directory);
        const { tarball: _tarball, ...rest } = candidate;
        const plugin = { ...rest, directory };
        return candidate.manifest.runtime === 'trusted' ? await testTrusted(plugin) : await testCaged(plugin, level);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    });
}

/** Why no plugin can be tested on this machine; null when they can. */
export async function selfTestProblem(level: SandboxLevel): Promise<PlatformError | null> {
  const pool = await createSandboxPool({ level, maxProcesses: 1 });
  await pool.close();
  return pool.problem;
}

/** The platform's own plugins run without a sandbox, and are looked at without one. */
async function testTrusted(plugin: InstalledPlugin): Promise<readonly Problem[]> {
  try {
    return differences(plugin, await describeInNode(join(plugin.directory, plugin.manifest.entry)));
  } catch (error) {
    return [failure(error)];
  }
}

async function testCaged(plugin: InstalledPlugin, level: SandboxLevel): Promise<readonly Problem[]> {
  const pool = await createSandboxPool({ level, maxProcesses: MAX_AT_ONCE });
  const late = Promise.withResolvers<readonly Problem[]>();
  const timer = setTimeout(() => late.resolve([tooSlow]), TIMEOUT_MS);
  try {
    if (pool.problem !== null) return [untestable(pool.problem)];
    return await Promise.race([runTests(pool, plugin), late.promise]);
  } catch (error) {
    return [failure(error)];
  } finally {
    clearTimeout(timer);
    await pool.close();
  }
}

async function runTests(pool: SandboxPool, plugin: InstalledPlugin): Promise<readonly Problem[]> {
  const different = differences(plugin, await pool.describe(plugin));
  if (different.length > 0) return different;
  const { fixtures, problems } = await readFixtures({ directory: plugin.directory, takesBlank: false });
  if (problems.length > 0)
    return problems.slice(0, MAX_NAMED).map(({ file, message }) => problem(`${file}: ${message}`));
  if (fixtures.length > MAX_FIXTURES) return [problem(`it has more than ${MAX_FIXTURES} fixtures`)];
  const results = await runFixtures({ pool, plugin, recordWith: undefined }, fixtures);
  return results
    .filter((result) => result.differences.length > 0)
    .slice(0, MAX_NAMED)
    .map(({ file, differences: found }) => problem(`${file}: ${found.slice(0, MAX_NAMED).join('; ')}`));
}

function differences({ manifest }: InstalledPlugin, described: readonly DescribedContribution[]): readonly Problem[] {
  const found = compareContributions(manifest.contributions, normalized(manifest, described));
  return found
    .slice(0, MAX_NAMED)
    .map(({ list, name, change, fields }) =>
      problem(`${list}.${name}: ${CHANGES[change]}${fields.length === 0 ? '' : ` (${fields.join(', ')})`}`),
    );
}

const CHANGES = {
  added: 'the code contributes it, and the manifest does not declare it',
  removed: 'the manifest declares it, and the code does not contribute it',
  changed: 'the manifest says something else than the code',
} as const;

/** With the defaults that a manifest has, so that only what means something else differs. */
function normalized(manifest: PluginManifest, described: readonly DescribedContribution[]): DescribedContribution[] {
  const contributions = Object.groupBy(
    described.map(({ kind, ...rest }) => ({ list: CONTRIBUTION_LISTS[kind], rest })),
    ({ list }) => list,
  );
  const lists = Object.entries(contributions).map(([list, items]) => [list, items.map(({ rest }) => rest)]);
  const parsed = manifestSchema.parse({ ...manifest, contributions: Object.fromEntries(lists) });
  return contributionsOf(parsed) as DescribedContribution[];
}

/** The gate has read every entry before: all are plain files with plain paths. */
async function unpack(tarball: Buffer, directory: string): Promise<void> {
  const pieces = function* () {
    for (let at = 0; at < tarball.length; at += PIECE_BYTES) yield tarball.subarray(at, at + PIECE_BYTES);
  };
  const unpacked = extract({ cwd: directory, strip: 1, strict: true, preserveOwner: false });
  await pipeline(Readable.from(pieces()), unpacked);
}

const tooSlow = problem(`it took longer than ${TIMEOUT_MS / 1_000} s`);

function failure(error: unknown): Problem {
  if (!(error instanceof PlatformError)) throw error;
  if (error.fault === 'infra' || error.fault === 'bug') throw error;
  const told = error.details?.['stderr'];
  return problem(typeof told === 'string' && told !== '' ? `${error.message} ${told}` : error.message);
}

function untestable({ message }: PlatformError): Problem {
  return {
    code: 'IA_REGISTRY_SELF_TEST',
    message: `This registry can't test plugins, and so takes none. ${message}`,
    hint: 'Tell its operator: docs/registry.md says what the test needs.',
  };
}

function problem(what: string): Problem {
  return {
    code: 'IA_REGISTRY_SELF_TEST',
    message: `The plugin fails its test: ${what.slice(0, MAX_MESSAGE_CHARS)}.`,
    hint: 'Run `ia-plugin build` and `ia-plugin test`.',
  };
}
