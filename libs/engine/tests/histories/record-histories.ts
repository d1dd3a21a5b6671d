import { forkRun, type ForkedRun } from '@ia-modules/engine';
import { goldenNames, readGoldenCase, type GoldenCase } from '../golden/golden-case.ts';
import { GOLDEN_RUN_ID, GOLDEN_SEED, runGolden, type RunnableCase } from '../golden/run-golden.ts';
import { BROAD_CASES, type BroadCase } from './broad-cases.ts';
import { chooseTelling } from './choose-telling.ts';
import { engineVersion, writeHistories, type History } from './history.ts';
import { replayHistory } from './replay-history.ts';

const record = async (name: string, golden: RunnableCase, fork?: ForkedRun): Promise<History> => {
  const { plan, events } = await runGolden(golden, fork);
  const run = { definition: plan.definition, seed: GOLDEN_SEED, events };
  const { state, view } = await replayHistory(run);
  return { ...run, name, runId: GOLDEN_RUN_ID, state, view };
};

const recordBroad = async ({ name, fork, ...golden }: BroadCase): Promise<History[]> => {
  const history = await record(name, golden);
  if (fork === undefined) return [history];
  const forked = forkRun({ log: history.events, ...fork });
  return [history, await record(`${name}-fork`, golden, forked)];
};

const recordGolden = async (name: string): Promise<History> => {
  const golden: GoldenCase = readGoldenCase(name);
  return record(name, golden);
};

const broad = (await Promise.all(BROAD_CASES.map(recordBroad))).flat();
const golden = await Promise.all(goldenNames().map(recordGolden));
const chosen = chooseTelling(broad, golden);
const version = engineVersion();
writeHistories(version, chosen);
process.stdout.write(`${chosen.length} histories of release ${version}, of ${broad.length + golden.length} runs.\n`);
