import { describe, expect, it } from 'vitest';
import { summarizeRuns } from './run-statistics.ts';

const run = (status: string, durationMs: number | null = null) => ({ status, durationMs });

describe('summarizeRuns', () => {
  it('counts finished runs only', () => {
    const runs = [run('succeeded', 10), run('failed', 30), run('succeeded', 20), run('running'), run('canceled', 5)];
    expect(summarizeRuns(runs)).toEqual({ finishedCount: 3, failedCount: 1, successShare: '66 %', medianMs: 20 });
  });

  it('claims nothing before the first run finished', () => {
    expect(summarizeRuns([run('running')])).toEqual({
      finishedCount: 0,
      failedCount: 0,
      successShare: '–',
      medianMs: null,
    });
  });

  it('never rounds a failure away', () => {
    const runs = [...Array.from({ length: 999 }, () => run('succeeded', 1)), run('failed', 1)];
    expect(summarizeRuns(runs).successShare).toBe('99 %');
  });
});
