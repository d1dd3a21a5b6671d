import type { Command } from 'commander';
import type { ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

/** What a command needs to add itself to the program. */
export type CommandRegistration = {
  readonly program: Command;
  readonly terminal: Terminal;
  /** Says how the command ended; only main exits. */
  readonly finish: (code: ExitCode) => void;
};
