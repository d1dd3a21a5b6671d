import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Fixture, fixtureSchema } from '@ia-modules/plugin-sdk/testing';
import type { Finding } from '../finding.ts';

export type FixtureFile = { readonly file: string; readonly fixture: Fixture };

/** The fixtures of a plugin, by the names of their files, and what is wrong with those that are none. */
export const readFixtures = async (
  directory: string,
): Promise<{ readonly fixtures: readonly FixtureFile[]; readonly findings: readonly Finding[] }> => {
  const files = globSync('fixtures/**/*.json', { cwd: directory }).toSorted();
  const read = await Promise.all(files.map((file) => readFixture(directory, file)));
  return {
    fixtures: read.flatMap((item) => ('fixture' in item ? [item] : [])),
    findings: read.flatMap((item) => ('findings' in item ? item.findings : [])),
  };
};

const readFixture = async (
  directory: string,
  file: string,
): Promise<FixtureFile | { readonly findings: readonly Finding[] }> => {
  const wrong = (message: string): Finding => ({ severity: 'error', rule: 'fixture', file, message });
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path.join(directory, file), 'utf8'));
  } catch (error) {
    return { findings: [wrong(`is no JSON: ${error instanceof Error ? error.message : String(error)}`)] };
  }
  const parsed = fixtureSchema.safeParse(value);
  if (parsed.success) return { file, fixture: parsed.data };
  return { findings: parsed.error.issues.map((issue) => wrong(`${issue.path.join('.')}: ${issue.message}`)) };
};
