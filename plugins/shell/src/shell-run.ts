import { defineStep, PluginError } from '@ia-modules/plugin-sdk';
import { trusted, type TrustedContext } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { type Finished, runProgram } from './run-program.ts';
import { type ShellInput, shellInput } from './shell-input.ts';
import { workFolder } from './work-folder.ts';

const ERROR_TAIL_CHARS = 500;

export const shellRun = defineStep({
  name: 'run',
  title: 'Run a program',
  description:
    "Runs a program with the rights of the worker, in the tenant's folder of files. Only where the operator has set allowShell.",
  input: shellInput,
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
