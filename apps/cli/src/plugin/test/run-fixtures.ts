import { contractOf, createSandboxPool, type SandboxLevel, type SandboxPool } from '@ia-modules/plugin-host';
import { type Json, PlatformError } from '@ia-modules/plugin-sdk';
import { compareOutcome, type Outcome } from './compare-outcome.ts';
import type { Fixture, FixtureFile } from './fixture.ts';
import type { StagedPlugin } from './staged-plugin.ts';

export type FixtureResult = {
  readonly file: string;
  readonly name: string;
  readonly durationMs: number;
  /** What differs from what was expected; none when it passed. */
  readonly differences: readonly string[];
  readonly outcome: Outcome;
};

/** Runs fixtures one after the other in the sandbox, each as a call of the platform with all that the manifest asks for. */
export const runFixtures = async (
  { plugin }: Pick<StagedPlugin, 'plugin'>,
  fixtures: readonly FixtureFile[],
  level: SandboxLevel,
): Promise<readonly FixtureResult[]> => {
  const pool = await createSandboxPool({ level, maxProcesses: 1 });
  try {
    if (pool.problem !== null) throw pool.problem;
    const results: FixtureResult[] = [];
    for (const { file, fixture } of fixtures) {
      const startedAt = performance.now();
      const outcome = await callPlugin(pool, plugin, fixture);
      const durationMs = Math.round(performance.now() - startedAt);
      results.push({ file, name: fixture.name, durationMs, differences: compareOutcome(fixture, outcome), outcome });
    }
    return results;
  } finally {
    await pool.close();
  }
};

const callPlugin = async (pool: SandboxPool, plugin: StagedPlugin['plugin'], fixture: Fixture): Promise<Outcome> => {
  const { kind, contribution: name, input, secrets } = fixture;
  const { net, secrets: names, blobs } = plugin.manifest.permissions;
  const logs: string[] = [];
  let costUsd = 0;
  const end = (ended: Pick<Outcome, 'output' | 'error'>): Outcome => ({ ...ended, logs, costUsd });
  try {
    const contract = contractOf(plugin, { kind, name });
    const output: Json = await pool.call({
      plugin,
      grant: { net, secrets: names, blobs },
      tenantId: 'test',
      kind,
      name,
      input: contract.readInput(input),
      secrets,
      idempotencyKey: fixture.name,
      task: { runId: 'test', stepId: 'test', attempt: 1 },
      onLog: ({ message }) => logs.push(message),
      onCost: (usd) => {
        costUsd += usd;
      },
    });
    return end({ output: contract.checkOutput(output) });
  } catch (error) {
    if (!(error instanceof PlatformError) || error.fault === 'infra' || error.fault === 'bug') throw error;
    return end({ error: { name: error.name, code: error.code, message: error.message } });
  }
};
