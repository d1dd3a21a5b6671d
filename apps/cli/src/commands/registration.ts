import type { Command } from 'commander';
import type { ExitCode } from '../exit-codes.ts';
import type { Supervisor } from '../supervision/supervisor.ts';
import type { Terminal } from '../terminal.ts';

/** What a command needs to add itself to the program. */
export type CommandRegistration = {
  readonly program: Command;
  readonly terminal: Terminal;
  /** There is one when the command may run foreign code in a process of its own. */
  readonly supervisor: Supervisor | undefined;
  /** Says how the command ended; only main exits. */
  readonly finish: (code: ExitCode) => void;
};
