import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { applyEdits, modify } from 'jsonc-parser';
import type { FixtureFile } from './fixture.ts';
import type { FixtureResult } from './run-fixtures.ts';

/** Writes what became of the calls into the fixtures that expected something else; gives their files. */
export const updateFixtures = async (
  directory: string,
  fixtures: readonly FixtureFile[],
  results: readonly FixtureResult[],
): Promise<readonly string[]> => {
  const changed = results.filter(({ differences }) => differences.length > 0);
  for (const { file, outcome } of changed) {
    const target = path.join(directory, file);
    const { expect = {} } = fixtures.find((item) => item.file === file)?.fixture ?? {};
    const observed = {
      ...(outcome.error === undefined ? { output: outcome.output } : { error: outcome.error }),
      ...('logs' in expect && { logs: outcome.logs }),
      ...('costUsd' in expect && { costUsd: outcome.costUsd }),
    };
    const formattingOptions = { insertSpaces: true, tabSize: 2 };
    const text = await readFile(target, 'utf8');
    await writeFile(target, applyEdits(text, modify(text, ['expect'], observed, { formattingOptions })));
  }
  return changed.map(({ file }) => file);
};
