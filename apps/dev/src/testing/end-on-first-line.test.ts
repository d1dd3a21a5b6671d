import { createCoverageMap } from '@vitest/istanbul-lib-coverage';
import { expect, test } from 'vitest';
import { endOnFirstLine } from './end-on-first-line.ts';

const FILE = '/work/libs/engine/src/a.ts';

type Statement = Readonly<{ lines: readonly [number, number]; endColumn: number; count: number }>;

const coverage = (...statements: readonly Statement[]) => ({
  [FILE]: {
    path: FILE,
    statementMap: Object.fromEntries(
      statements.map(({ lines: [start, end], endColumn }, index) => [
        index,
        { start: { line: start, column: 2 }, end: { line: end, column: endColumn } },
      ]),
    ),
    s: Object.fromEntries(statements.map(({ count }, index) => [index, count])),
    fnMap: {},
    f: {},
    branchMap: {},
    b: {},
  },
});

test('what ran in neither of two processes is not covered, although what is around it ran', () => {
  const inTests = coverage(
    { lines: [1, 4], endColumn: Infinity, count: 1 },
    { lines: [2, 3], endColumn: Infinity, count: 0 },
  );
  const inChild = coverage({ lines: [1, 4], endColumn: 3, count: 2 }, { lines: [2, 3], endColumn: 9, count: 0 });
  const merged = createCoverageMap({});
  for (const each of [inTests, inChild]) merged.merge(endOnFirstLine(each));
  expect(merged.fileCoverageFor(FILE).getLineCoverage()).toEqual({ 1: 3, 2: 0 });
});

test('what ran in one of two processes is covered', () => {
  const merged = createCoverageMap({});
  merged.merge(endOnFirstLine(coverage({ lines: [1, 1], endColumn: Infinity, count: 0 })));
  merged.merge(endOnFirstLine(coverage({ lines: [1, 1], endColumn: 9, count: 1 })));
  expect(merged.getCoverageSummary().lines).toMatchObject({ covered: 1, total: 1 });
});
