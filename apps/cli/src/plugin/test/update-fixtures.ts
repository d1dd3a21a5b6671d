import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { FixtureFile, FixtureResult } from '@ia-modules/plugin-checks';
import { applyEdits, modify } from 'jsonc-parser';

export type FixtureUpdate = {
  readonly directory: string;
  readonly fixtures: readonly FixtureFile[];
  readonly results: readonly FixtureResult[];
  /** Whether what came out takes the place of what was expected. */
  readonly isUpdate: boolean;
};

/** Writes recorded requests, and what came out, into the fixtures; gives the files that changed. */
export const updateFixtures = async (options: FixtureUpdate): Promise<readonly string[]> => {
  const { directory, fixtures, results, isUpdate } = options;
  const changed: string[] = [];
  for (const result of results) {
    const target = path.join(directory, result.file);
    const before = await readFile(target, 'utf8');
    const recorded = result.recorded === undefined ? before : withValue(before, 'http', result.recorded);
    const given = fixtures.find(({ file }) => file === result.file);
    const isOther = given?.isBlank === true || (isUpdate && result.differences.length > 0);
    const after = isOther ? withValue(recorded, 'expect', observed(given?.fixture.expect ?? {}, result)) : recorded;
    if (after === before) continue;
    await writeFile(target, after);
    changed.push(result.file);
  }
  return changed;
};

const observed = (expect: object, { outcome }: FixtureResult): object => ({
  ...(outcome.error === undefined ? { output: outcome.output } : { error: outcome.error }),
  ...('logs' in expect && { logs: outcome.logs }),
  ...('costUsd' in expect && { costUsd: outcome.costUsd }),
});

const withValue = (text: string, key: string, value: unknown): string =>
  applyEdits(text, modify(text, [key], value, { formattingOptions: { insertSpaces: true, tabSize: 2 } }));
