import { type Summary, summarize } from '@ia-modules/benchmark';
import { openPipeline } from './durable-runs.ts';
import { mapOfTasks, stepsInARow, TASK } from './pipelines.ts';
import type { BenchPlatform } from './platform.ts';
import type { OpenSubject } from './subject.ts';

export const TASKS_IN_A_ROW = 40;
const MAP_ROUNDS = 3;

export type TaskTimes = {
  readonly inARowMs: Summary;
  readonly mapItems: number;
  readonly mapMs: Summary;
};

const repeatRuns = async ({ start }: OpenSubject, rounds: number): Promise<Summary> => {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) times.push((await start()).endMs);
  return summarize(times);
};

/** Runs whose steps are handed to an executor that has nothing to do. */
export const measureTasks = async (
  platform: BenchPlatform,
  { rounds, mapItems }: Readonly<{ rounds: number; mapItems: number }>,
): Promise<TaskTimes> => {
  const inARow = async (): Promise<Summary> => {
    await using pipeline = await openPipeline(platform, stepsInARow(TASKS_IN_A_ROW, TASK));
    return await repeatRuns(pipeline, rounds);
  };
  const map = async (): Promise<Summary> => {
    const items = Array.from({ length: mapItems }, (_, index) => index);
    await using pipeline = await openPipeline(platform, mapOfTasks, { items });
    return await repeatRuns(pipeline, Math.min(rounds, MAP_ROUNDS));
  };
  return { inARowMs: await inARow(), mapItems, mapMs: await map() };
};
