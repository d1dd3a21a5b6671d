import { runProgram } from './program.ts';
import { quietTypeStripping } from './quiet-type-stripping.ts';
import { createTerminal } from './terminal.ts';

/** Runs `ia-modules` and ends the process: 0 fine, 1 findings, 2 usage, 3 internal. */
export const main = async (argv: readonly string[]): Promise<void> => {
  quietTypeStripping();
  const terminal = createTerminal();
  const exitCode = await runProgram(argv, terminal);
  await terminal.flush();
  process.exit(exitCode);
};
