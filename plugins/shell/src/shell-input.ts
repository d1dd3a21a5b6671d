import { z } from 'zod';

const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
const exitCode = z.int().min(0).max(255);

/** The `with` of `shell.run`. */
export const shellInput = z.strictObject({
  command: z
    .string()
    .min(1)
    .max(100_000)
    .describe(
      'The program, by its path or by its name in /usr/local/bin, /usr/bin or /bin; with `shell`, a script for /bin/sh.',
    ),
  args: z
    .array(z.string().max(100_000))
    .max(1_000)
    .default([])
    .describe('Each is one argument, whatever stands in it; with `shell`, they are $1, $2 …'),
  shell: z
    .boolean()
    .default(false)
    .describe('Has /bin/sh read `command`. Never build `command` from values of others: pass them as `args`.'),
  stdin: z.string().max(MAX_OUTPUT_BYTES).default('').describe('What the program reads.'),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/), z.string().max(100_000))
    .default({})
    .describe('Its environment, besides PATH, HOME, TMPDIR and LANG. Nothing of the worker’s own is passed on.'),
  folder: z.string().max(1_000).default('shell').describe("Where it runs, relative to the tenant's folder of files."),
  timeout_ms: z
    .int()
    .min(1)
    .max(3_600_000)
    .default(60_000)
    .describe('After it, the program and what it started are ended.'),
  max_output_bytes: z
    .int()
    .min(0)
    .max(MAX_OUTPUT_BYTES)
    .default(64 * 1024)
    .describe('How much is kept of each of the two outputs; the rest is dropped.'),
  ok_exit_codes: z.array(exitCode).min(1).max(256).default([0]).describe('Exit codes that count as success.'),
  retry_exit_codes: z
    .array(exitCode)
    .max(256)
    .default([75])
    .describe('Exit codes after which another attempt may succeed.'),
});

export type ShellInput = z.infer<typeof shellInput>;
