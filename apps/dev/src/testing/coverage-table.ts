import { z } from 'zod';

const totalsSchema = z.object({ total: z.number(), covered: z.number() });
const reportSchema = z.record(z.string(), z.object({ lines: totalsSchema, branches: totalsSchema }));

type Totals = z.infer<typeof totalsSchema>;
type Coverage = z.infer<typeof reportSchema>[string];

const NOTHING: Coverage = { lines: { total: 0, covered: 0 }, branches: { total: 0, covered: 0 } };

/**
 * A line for each package and one for all, from what vitest's `json-summary` reporter wrote. Its files are absolute; those
 * outside of `root` are left out.
 */
export function coverageTable(report: unknown, root: string): string {
  const { total: _, ...files } = reportSchema.parse(report);
  const packages = new Map<string, Coverage>();
  for (const [file, coverage] of Object.entries(files)) {
    const name = packageOf(file, root);
    if (name !== undefined) packages.set(name, sum(packages.get(name) ?? NOTHING, coverage));
  }
  const rows = [...packages].sort(([a], [b]) => a.localeCompare(b));
  const all = [...packages.values()].reduce(sum, NOTHING);
  const withoutEngine = rows.filter(([name]) => name !== 'libs/engine').map(([, coverage]) => coverage);
  return [
    row('package', 'lines', 'branches'),
    ...[...rows, ['all but libs/engine', withoutEngine.reduce(sum, NOTHING)] as const, ['all', all] as const].map(
      ([name, { lines, branches }]) => row(name, percent(lines), percent(branches)),
    ),
  ].join('\n');
}

function packageOf(file: string, root: string): string | undefined {
  const [kind, name] = file.startsWith(root) ? file.slice(root.length).split(/[\\/]/).filter(Boolean) : [];
  return kind === undefined || name === undefined ? undefined : `${kind}/${name}`;
}

function sum(a: Coverage, b: Coverage): Coverage {
  return { lines: add(a.lines, b.lines), branches: add(a.branches, b.branches) };
}

function add(a: Totals, b: Totals): Totals {
  return { total: a.total + b.total, covered: a.covered + b.covered };
}

function percent({ total, covered }: Totals): string {
  // Rounded down: 100 % is all of it.
  return total === 0 ? '-' : `${(Math.floor((covered / total) * 1000) / 10).toFixed(1)} %`;
}

function row(name: string, lines: string, branches: string): string {
  return `${name.padEnd(26)}${lines.padStart(9)}${branches.padStart(10)}`;
}
