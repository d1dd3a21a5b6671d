import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CONTRIBUTION_KINDS } from '../contribution.ts';
import { PlatformError } from '../errors.ts';
import { httpTapeSchema } from './http-tape.ts';

const expectation = z
  .strictObject({
    output: z.json().optional().describe('The whole output.'),
    error: z
      .strictObject({
        code: z.string().optional(),
        name: z.string().optional(),
        message: z.string().optional().describe('A part of the message.'),
      })
      .optional(),
    logs: z.array(z.string()).optional().describe('Texts, each a part of one log line, in this order.'),
    costUsd: z.number().min(0).optional(),
  })
  .refine(
    ({ output, error }) => output === undefined || error === undefined,
    'must have an output or an error, not both',
  )
  .refine((all) => Object.keys(all).length > 0, 'must expect something');

/** A file of `fixtures/`: one call of a contribution, and what shall come of it. `ia-plugin test` runs it in the sandbox. */
export const fixtureSchema = z.strictObject({
  name: z.string().min(1).max(200).describe('What the fixture shows, in words.'),
  kind: z.enum(CONTRIBUTION_KINDS),
  contribution: z.string().min(1).describe('The name of the contribution.'),
  input: z.json().describe('As the kind has it: what stands in `with` of a step, `{value, config}` of a validator …'),
  secrets: z.record(z.string(), z.string()).default({}),
  http: httpTapeSchema.default([]).describe('Every request that the call makes, with its answer.'),
  now: z.iso.datetime({ offset: true }).optional().describe('When it is; time then passes only as the plugin sleeps.'),
  expect: expectation,
});
/** A fixture with its defaults filled in. */
export type Fixture = z.output<typeof fixtureSchema>;

/**
 * Reads every `*.json` file of a folder, in the order of their names.
 * @throws PlatformError `IA_PLUGIN_FIXTURE` that names the file and all that is wrong with it
 */
export const loadFixtures = async (directory: string): Promise<readonly Fixture[]> => {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json')).toSorted();
  return await Promise.all(names.map((name) => readFixture(join(directory, name))));
};

const readFixture = async (file: string): Promise<Fixture> => {
  const text = await readFile(file, 'utf8');
  const parsed = fixtureSchema.safeParse(parseJson(text, file));
  if (parsed.success) return parsed.data;
  const told = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`);
  throw notValid(file, told.join('; '));
};

const parseJson = (text: string, file: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notValid(file, (error as Error).message, error);
  }
};

const notValid = (file: string, message: string, cause?: unknown): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_FIXTURE',
    message: `The fixture ${file} is not valid: ${message}.`,
    hint: 'docs/plugins.md#testing says what a fixture has.',
    cause,
  });
