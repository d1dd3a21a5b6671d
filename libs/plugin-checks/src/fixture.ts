import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Fixture, fixtureSchema } from '@ia-modules/plugin-sdk/testing';

export type FixtureFile = {
  readonly file: string;
  readonly fixture: Fixture;
  /** Whether it expects nothing yet: what comes out is to be written into it. */
  readonly isBlank: boolean;
};

/** What is wrong with a file that is no fixture. */
export type FixtureProblem = { readonly file: string; readonly message: string };

export type FixtureReading = {
  readonly directory: string;
  /** Takes fixtures that expect nothing, which are filled in. */
  readonly takesBlank: boolean;
};

/** The fixtures of a plugin, by the names of their files, and what is wrong with those that are none. */
export const readFixtures = async (
  reading: FixtureReading,
): Promise<{ readonly fixtures: readonly FixtureFile[]; readonly problems: readonly FixtureProblem[] }> => {
  const { directory } = reading;
  const files = globSync('fixtures/**/*.json', { cwd: directory }).toSorted();
  const read = await Promise.all(files.map((file) => readFixture(reading, file)));
  return {
    fixtures: read.flatMap((item) => ('fixture' in item ? [item] : [])),
    problems: read.flatMap((item) => ('problems' in item ? item.problems : [])),
  };
};

const readFixture = async (
  { directory, takesBlank }: FixtureReading,
  file: string,
): Promise<FixtureFile | { readonly problems: readonly FixtureProblem[] }> => {
  const wrong = (message: string): FixtureProblem => ({ file, message });
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path.join(directory, file), 'utf8'));
  } catch (error) {
    return { problems: [wrong(`is no JSON: ${error instanceof Error ? error.message : String(error)}`)] };
  }
  const isBlank = takesBlank && expectsNothing(value);
  const parsed = fixtureSchema.safeParse(isBlank ? { ...(value as object), expect: PLACEHOLDER } : value);
  if (parsed.success) return { file, fixture: isBlank ? { ...parsed.data, expect: {} } : parsed.data, isBlank };
  return { problems: parsed.error.issues.map((issue) => wrong(`${issue.path.join('.')}: ${issue.message}`)) };
};

/** Stands where the schema wants an expectation. */
const PLACEHOLDER = { output: null };

const expectsNothing = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  const { expect = {} } = value as { readonly expect?: unknown };
  return typeof expect === 'object' && expect !== null && Object.keys(expect).length === 0;
};
