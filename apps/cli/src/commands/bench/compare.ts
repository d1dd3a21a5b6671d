import type { Command } from 'commander';
import { printedFigure } from '../../bench-report.ts';
import { EXIT_CODES } from '../../exit-codes.ts';
import { amount } from '../../platform/argument-values.ts';
import {
  compareBenchmarks,
  type ComparedCase,
  type ComparedReports,
} from '../../platform/documents/benchmark-documents.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import { printable } from '../../printable.ts';
import { formatTable } from '../../table.ts';
import type { Terminal } from '../../terminal.ts';
import type { CommandRegistration } from '../registration.ts';

type CompareOptions = { readonly threshold?: number };

export const addBenchCompareCommand = (registration: CommandRegistration, bench: Command): void => {
  platformCommand(
    bench,
    'compare <base> <head>',
    'Compare a later report with an earlier one; ends with 1 when a case is slower.',
  )
    .option('--threshold <share>', 'how much slower is too much: 0.05 lets 5 % pass', amount)
    .action(
      withSession<CompareOptions, [string, string]>(registration, async (session, { threshold }, [base, head]) => {
        const [baseId, headId] = await Promise.all([
          session.idOf('BenchmarkReport', base),
          session.idOf('BenchmarkReport', head),
        ]);
        const { compareBenchmarks: compared } = await session.api.query(compareBenchmarks, {
          baseId,
          headId,
          threshold: threshold ?? null,
        });
        session.print({ json: compared, text: () => formatComparison(compared, session.terminal.style) });
        return compared.cases.some(({ verdict }) => verdict === 'SLOWER') ? EXIT_CODES.findings : EXIT_CODES.ok;
      }),
    );
};

const formatComparison = (
  { base, head, threshold, cases, added, removed }: ComparedReports,
  style: Terminal['style'],
): string => {
  const rows = cases.map((compared) => [
    printable(compared.name),
    printedFigure(compared.baseMedian, compared.unit),
    printedFigure(compared.headMedian, compared.unit),
    printedRatio(compared),
    compared.verdict.toLowerCase(),
  ]);
  const others = [
    ...added.map((name) => `only in the later report: ${printable(name)}\n`),
    ...removed.map((name) => `only in the earlier report: ${printable(name)}\n`),
  ];
  const title = `${printable(base.label)} → ${printable(head.label)}, threshold ${Number((threshold * 100).toPrecision(3))} %\n`;
  const titles = ['CASE', 'EARLIER', 'LATER', 'RATIO (95 %)', 'VERDICT'];
  return [title, formatTable({ titles, rows }, style), ...others].join('');
};

const printedRatio = ({ ratio, interval }: ComparedCase): string =>
  interval === null
    ? `×${ratio.toFixed(2)}`
    : `×${ratio.toFixed(2)} (${interval.low.toFixed(2)} to ${interval.high.toFixed(2)})`;
