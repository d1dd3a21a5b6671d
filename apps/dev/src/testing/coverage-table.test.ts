import { expect, test } from 'vitest';
import { coverageTable } from './coverage-table.ts';

const coverage = (lines: readonly [number, number], branches: readonly [number, number]) => ({
  lines: { covered: lines[0], total: lines[1] },
  branches: { covered: branches[0], total: branches[1] },
});

const report = {
  total: coverage([0, 0], [0, 0]),
  '/work/libs/engine/src/a.ts': coverage([10, 10], [1, 2]),
  '/work/libs/engine/src/deep/b.ts': coverage([9, 10], [2, 2]),
  '/work/apps/api/src/c.ts': coverage([1, 2], [0, 0]),
  '/elsewhere/apps/api/src/d.ts': coverage([0, 50], [0, 50]),
};

test('the files of a package are one line', () => {
  expect(coverageTable(report, '/work').split('\n')).toEqual([
    'package                       lines  branches',
    'apps/api                     50.0 %         -',
    'libs/engine                  95.0 %    75.0 %',
    'all but libs/engine          50.0 %         -',
    'all                          90.9 %    75.0 %',
  ]);
});

test('only all of it is 100 %', () => {
  const almost = { '/work/libs/engine/src/a.ts': coverage([9999, 10_000], [1, 1]) };
  expect(coverageTable(almost, '/work')).toMatch(/libs\/engine +99\.9 % +100\.0 %/);
});
