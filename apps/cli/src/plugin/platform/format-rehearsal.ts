import { shortId } from '../../platform/global-id.ts';
import { printable, printableJson } from '../../printable.ts';
import { formatTable } from '../../table.ts';
import type { Terminal } from '../../terminal.ts';
import type { Rehearsal, RehearsalSample } from './rehearsal-documents.ts';

const MAX_SHOWN_DIFFERENCES = 5;

/** A line for each sample, then what differs, then how many there are of each kind. */
export const formatRehearsal = (
  { pluginName, fromVersions, toVersion, status, counts }: Rehearsal,
  samples: readonly RehearsalSample[],
  style: Terminal['style'],
): string => {
  const rows = samples.map((sample) => [
    labelOf(sample),
    sample.run === null ? '' : shortId(sample.run.id),
    printable([sample.stepId ?? '', sample.part ?? ''].filter((text) => text !== '').join(' ')),
    printable(sample.contribution),
    printable(
      sample.reason ??
        (sample.differenceCount === 0
          ? ''
          : `${sample.differenceCount} ${sample.differenceCount === 1 ? 'difference' : 'differences'}`),
    ),
  ]);
  const details = samples.flatMap((sample, place) => differenceLines(sample, place + 1));
  const summary = Object.entries(counts).flatMap(([name, count]) =>
    count === 0 ? [] : `${count} ${NAMES[name] ?? name}`,
  );
  return [
    `${printable(pluginName)}  ${fromVersions.join(', ') || '?'} → ${toVersion}${status === 'canceled' ? ' (canceled)' : ''}\n`,
    formatTable({ titles: ['#', 'VERDICT', 'RUN', 'STEP', 'CALLED', 'WHY'], rows: numbered(rows) }, style),
    ...(details.length === 0 ? [] : ['\n', ...details]),
    `\n${summary.length === 0 ? 'nothing to compare' : summary.join(', ')}\n`,
  ].join('');
};

const NAMES: Readonly<Record<string, string>> = {
  newError: 'new error',
  curedError: 'cured error',
  schemaRefused: 'refused by the schema',
  notComparable: 'not comparable',
};

const labelOf = ({ verdict }: RehearsalSample): string => (verdict ?? 'not judged').toLowerCase().replaceAll('_', ' ');

const numbered = (rows: readonly (readonly string[])[]): readonly (readonly string[])[] =>
  rows.map((cells, place) => [String(place + 1), ...cells]);

const differenceLines = ({ differences, differenceCount }: RehearsalSample, number: number): readonly string[] => {
  const shown = differences
    .slice(0, MAX_SHOWN_DIFFERENCES)
    .map((difference) => `  ${printable(describe(difference))}\n`);
  if (shown.length === 0) return [];
  const more = differenceCount - shown.length;
  return [`#${number}\n`, ...shown, ...(more > 0 ? [`  and ${more} more\n`] : [])];
};

const describe = ({ path, kind, before, after, message }: RehearsalSample['differences'][number]): string => {
  const place = path === '' ? '(whole)' : path;
  switch (kind) {
    case 'ADDED':
      return `+ ${place}: ${printableJson(after)}`;
    case 'REMOVED':
      return `- ${place}: ${printableJson(before)}`;
    case 'CHANGED':
      return `~ ${place}: ${printableJson(before)} → ${printableJson(after)}`;
    default:
      return `! ${place}: ${message ?? 'refused'}`;
  }
};
