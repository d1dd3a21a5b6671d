import type { EndedRun } from './tenant-runs.ts';

/** Jain's index of the time for which tenants had runs at work, while all of them had runs waiting; 1: all had the same. */
export const jainsIndex = (tenants: readonly (readonly EndedRun[])[]): number => {
  const from = Math.max(...tenants.map((runs) => Math.min(...runs.map(({ createdAt }) => createdAt))));
  const until = Math.min(...tenants.map((runs) => Math.max(...runs.map(({ startedAt }) => startedAt))));
  const used = tenants.map((runs) => sum(runs.map((run) => usedWithin(run, from, until))));
  return sum(used) ** 2 / (used.length * sum(used.map((time) => time ** 2)));
};

const usedWithin = ({ startedAt, finishedAt }: EndedRun, from: number, until: number): number =>
  Math.max(0, Math.min(finishedAt, until) - Math.max(startedAt, from));

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
