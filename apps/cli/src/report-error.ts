import { PlatformError } from '@ia-modules/plugin-sdk';
import { CommanderError } from 'commander';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { exitCodeOf, formatFailure } from './failure.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** Tells why a command line ended, and with which code. */
export const reportError = (error: unknown, terminal: Terminal): ExitCode => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.usage;
  if (error instanceof UsageError) {
    terminal.writeError(`error: ${error.message}\n`);
    return EXIT_CODES.usage;
  }
  if (error instanceof PlatformError && (error.fault === 'user' || error.fault === 'infra')) {
    terminal.writeError(formatFailure(error));
    return exitCodeOf(error);
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.writeError(`internal error: ${text}\n`);
  return EXIT_CODES.internal;
};
