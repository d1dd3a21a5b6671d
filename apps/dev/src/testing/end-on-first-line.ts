/**
 * Istanbul's coverage of files with every range ending with the line that it starts on. Two coverages of a file are merged
 * by equal ranges, and one without an equal takes the count of what is around it. Vitest runs a transformed file, whose
 * source map tells the starts only; Node runs the file itself.
 */
export function endOnFirstLine<Coverage>(coverage: Coverage): Coverage {
  if (Array.isArray(coverage)) return coverage.map(endOnFirstLine) as Coverage;
  if (typeof coverage !== 'object' || coverage === null) return coverage;
  if (isRange(coverage)) return { ...coverage, end: { line: coverage.start.line, column: Infinity } };
  return Object.fromEntries(Object.entries(coverage).map(([key, value]) => [key, endOnFirstLine(value)])) as Coverage;
}

function isRange(value: object): value is Readonly<{ start: { line: number }; end: unknown }> {
  return 'start' in value && 'end' in value;
}
