import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CONTRIBUTION_KINDS } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import type { Finding } from '../finding.ts';

const expectationSchema = z
  .strictObject({
    output: z.json().optional(),
    error: z.strictObject({ name: z.string(), message: z.string().optional() }).optional(),
    logs: z.array(z.string()).optional(),
    costUsd: z.number().min(0).optional(),
  })
  .refine(
    ({ output, error }) => (output === undefined) !== (error === undefined),
    'must have either an output or an error',
  );

const fixtureSchema = z.strictObject({
  name: z.string().min(1).max(200),
  kind: z.enum(CONTRIBUTION_KINDS),
  contribution: z.string(),
  input: z.json(),
  secrets: z.record(z.string(), z.string()).default({}),
  expect: expectationSchema,
});
/** One call of a contribution with what must come of it. */
export type Fixture = z.infer<typeof fixtureSchema>;
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
