/** What each code means, by code. */
export type ErrorCodes = Readonly<Record<string, string>>;

const INTRODUCTION = `# Error codes

An error of the platform has a code, a message that says what happened, and mostly a hint what to do next. A code keeps its
meaning for good. This page is printed from \`libs/plugin-sdk/src/errors.ts\`.

| code | meaning |
|---|---|
`;

/** The page of all codes, in alphabetical order. */
export function renderErrorReference(codes: ErrorCodes): string {
  const rows = Object.entries(codes)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([code, meaning]) => `| \`${code}\` | ${meaning.replaceAll('|', '\\|')} |\n`);
  return INTRODUCTION + rows.join('');
}

/** The codes that no source names: a promise that nothing keeps. */
export function findUnusedCodes(codes: ErrorCodes, sources: readonly string[]): string[] {
  return Object.keys(codes).filter((code) => !sources.some((source) => source.includes(`'${code}'`)));
}
