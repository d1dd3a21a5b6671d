import {
  createRedaction,
  type HttpTape,
  type InstalledPlugin,
  type SandboxPool,
  type TapedExchange,
} from '@ia-modules/plugin-host';
import { type Json, PlatformError } from '@ia-modules/plugin-sdk';
import type { Fixture } from '@ia-modules/plugin-sdk/testing';
import { compareOutcome, type Outcome } from './compare-outcome.ts';
import type { FixtureFile } from './fixture.ts';

export type FixtureResult = {
  readonly file: string;
  readonly name: string;
  readonly durationMs: number;
  /** What differs from what was expected; none when it passed. */
  readonly differences: readonly string[];
  readonly outcome: Outcome;
  /** Requests with their answers, without credentials; undefined unless they were recorded. */
  readonly recorded: HttpTape | undefined;
};

export type FixtureRun = {
  readonly pool: SandboxPool;
  readonly plugin: InstalledPlugin;
  /** The real values while requests are recorded; undefined when they are answered from the fixtures. */
  readonly recordWith: ReadonlyMap<string, string> | undefined;
};

/** Runs fixtures one after the other in the sandbox, each as a call of the platform with all that the manifest asks for. */
export const runFixtures = async (
  run: FixtureRun,
  fixtures: readonly FixtureFile[],
): Promise<readonly FixtureResult[]> => {
  const results: FixtureResult[] = [];
  for (const { file, fixture } of fixtures) {
    const startedAt = performance.now();
    const { outcome, recorded } = await callPlugin(run, fixture);
    const durationMs = Math.round(performance.now() - startedAt);
    const differences = compareOutcome(fixture, outcome);
    results.push({ file, name: fixture.name, durationMs, differences, outcome, recorded });
  }
  return results;
};

const callPlugin = async (
  { pool, plugin, recordWith }: FixtureRun,
  fixture: Fixture,
): Promise<Pick<FixtureResult, 'outcome' | 'recorded'>> => {
  const { kind, contribution: name, input, secrets, http, now } = fixture;
  const { net, secrets: names, blobs } = plugin.manifest.permissions;
  const logs: string[] = [];
  const tape: TapedExchange[] = [];
  let costUsd = 0;
  // What was recorded stands in files that people share.
  const redact = createRedaction([...(recordWith?.values() ?? [])]);
  const end = (ended: Pick<Outcome, 'output' | 'error'>) => ({
    outcome: { ...ended, logs, costUsd },
    recorded: recordWith === undefined ? undefined : tape,
  });
  try {
    const output = await pool.call({
      plugin,
      grant: { net, secrets: names, blobs },
      tenantId: 'test',
      kind,
      name,
      input,
      secrets: { ...secrets, ...Object.fromEntries(recordWith ?? []) },
      net: recordWith === undefined ? { replay: http as HttpTape } : { record: (exchange) => tape.push(exchange) },
      ...(now !== undefined && { clock: { nowMs: Date.parse(now) } }),
      idempotencyKey: fixture.name,
      task: { runId: 'test', stepId: 'test', attempt: 1 },
      onLog: ({ message }) => logs.push(redact(message)),
      onCost: (usd) => {
        costUsd += usd;
      },
    });
    return end({ output: JSON.parse(redact(JSON.stringify(output))) as Json });
  } catch (error) {
    if (!(error instanceof PlatformError) || error.fault === 'infra' || error.fault === 'bug') throw error;
    return end({ error: { code: error.code, name: error.name, message: redact(error.message) } });
  }
};
