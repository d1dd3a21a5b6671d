import { defineStep, PluginError } from '@ia-modules/plugin-sdk';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { type Finished, runProgram } from './run-program.ts';
import { trusted } from './trusted-context.ts';
import { workFolder } from './work-folder.ts';

const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
const ERROR_TAIL_CHARS = 500;
const exitCode = z.int().min(0).max(255);

const input = z.strictObject({
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

export const shellRun = defineStep({
  name: 'run',
  title: 'Run a program',
  description:
    "Runs a program with the rights of the worker, in the tenant's folder of files. Only where the operator has set allowShell.",
  input,
  output: z.object({
    exit_code: z.int().describe('One of `ok_exit_codes`.'),
    stdout: z.string().describe('As UTF-8.'),
    stderr: z.string().describe('As UTF-8.'),
    truncated: z.boolean().describe('Whether output was dropped.'),
    duration_ms: z.int().describe('How long it ran.'),
  }),
  run: async (wanted, ctx) => {
    const context = trusted(ctx);
    checkAllowed(context.settings);
    const folder = await workFolder(context.files, wanted.folder);
    const finished = await runProgram({ wanted, folder, context });
    return checkExit(wanted, finished);
  },
});

export type ShellInput = z.infer<typeof input>;

const checkAllowed = (settings: TrustedContext['settings']): void => {
  if (settings['allowShell'] === 'true') return;
  throw new PluginError({
    code: 'IA_PLUGIN_SHELL_DENIED',
    name: 'ShellDeniedError',
    message: 'Programs may not be run here.',
    hint: 'An operator who trusts every author of pipelines on this worker sets allowShell to true.',
  });
};

const checkExit = (wanted: ShellInput, finished: Finished) => {
  const { exitCode: code, signal, stdout, stderr, isTruncated, durationMs } = finished;
  if (code !== null && wanted.ok_exit_codes.includes(code)) {
    return { exit_code: code, stdout, stderr, truncated: isTruncated, duration_ms: durationMs };
  }
  throw new PluginError({
    name: 'ExitCodeError',
    message:
      code === null ? `The program was ended by ${signal ?? 'a signal'}.` : `The program ended with exit code ${code}.`,
    retryable: code !== null && wanted.retry_exit_codes.includes(code),
    details: { exit_code: code, signal, stderr: stderr.slice(-ERROR_TAIL_CHARS) },
  });
};
