import { type BenchmarkCase, type BenchmarkReport, MAX_CASES, readMachine, summarize } from '@ia-modules/benchmark';
import type { RunEvent } from '@ia-modules/engine';
import { printable } from './printable.ts';
import { formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Takes the times of runs of one pipeline, and of the steps in them. */
export type RunTimer = {
  /** To be called as events come. */
  readonly onEvent: (event: RunEvent) => void;
  /** Begins a run whose times count, or do not. */
  readonly begin: (counts: boolean) => void;
  readonly end: () => void;
  readonly toReport: () => BenchmarkReport;
};

const STEP_ENDS: ReadonlySet<RunEvent['type']> = new Set(['step_succeeded', 'step_failed', 'step_canceled']);

/** @param now milliseconds of a clock that only goes forward */
export const createRunTimer = (now: () => number = () => performance.now()): RunTimer => {
  const samples = new Map<string, number[]>();
  let counts = false;
  let startedAt = 0;
  const open = new Map<string, number>();
  const sums = new Map<string, number>();

  const noteSample = (name: string, sample: number): void => {
    const known = samples.get(name);
    if (known === undefined) samples.set(name, [sample]);
    else known.push(sample);
  };

  return {
    onEvent: ({ type, stepId, part, index }) => {
      if (stepId === undefined || part !== undefined || index !== undefined) return;
      const since = open.get(stepId);
      if (!STEP_ENDS.has(type)) {
        if (since === undefined && type !== 'branch_chosen') open.set(stepId, now());
      } else if (since !== undefined) {
        sums.set(stepId, (sums.get(stepId) ?? 0) + now() - since);
        open.delete(stepId);
      }
    },
    begin: (isCounted) => {
      counts = isCounted;
      open.clear();
      sums.clear();
      startedAt = now();
    },
    end: () => {
      const took = now() - startedAt;
      if (!counts) return;
      noteSample('run', took);
      for (const [stepId, sum] of sums) noteSample(`step ${stepId}`, sum);
    },
    toReport: () => ({
      format: 1,
      measuredAt: new Date().toISOString(),
      machine: readMachine(),
      cases: [...samples].flatMap(([name, taken]) => toCase(name, taken)).slice(0, MAX_CASES),
    }),
  };
};

/** What took no time that can be told is no case. */
const toCase = (name: string, samples: readonly number[]): readonly BenchmarkCase[] => {
  const rounded = samples.map((sample) => Number(sample.toPrecision(5)));
  if (rounded.some((sample) => sample <= 0)) return [];
  return [{ name, unit: 'ms', isLowerBetter: true, summary: summarize(rounded), samples: rounded }];
};

/** For people. */
export const formatReport = ({ cases }: BenchmarkReport, style: Terminal['style']): string =>
  formatTable(
    {
      titles: ['CASE', 'ROUNDS', 'MEDIAN', 'P95', 'MAX', 'SPREAD'],
      rows: cases.map(({ name, unit, summary: { count, median, p95, max, mad } }) => [
        printable(name),
        String(count),
        printedFigure(median, unit),
        printedFigure(p95, unit),
        printedFigure(max, unit),
        `±${((mad / median) * 100).toFixed(1)} %`,
      ]),
    },
    style,
  );

/** Three digits that count. */
export const printedFigure = (figure: number, unit: string): string =>
  `${figure >= 100 ? Math.round(figure) : Number(figure.toPrecision(3))} ${printable(unit)}`;
