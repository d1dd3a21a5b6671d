import { quietTypeStripping } from './quiet-type-stripping.ts';
import { mayRunForeignCode } from './supervision/may-run-foreign-code.ts';
import { supervise, takeLifeline } from './supervision/supervise.ts';
import { createTerminal } from './terminal.ts';

/** Runs `ia-modules` and ends the process: 0 fine, 1 findings, 2 usage, 3 internal; or as interrupted programs do. */
export const main = async (argv: string[]): Promise<void> => {
  quietTypeStripping();
  const terminal = createTerminal();
  const lifeline = takeLifeline(argv);
  const isSupervisor = lifeline === undefined && mayRunForeignCode(argv.slice(2));
  const exitCode = isSupervisor ? await supervise(argv, terminal) : await runHere(argv, { terminal, lifeline });
  await terminal.flush();
  process.exit(exitCode);
};

type Surroundings = { readonly terminal: ReturnType<typeof createTerminal>; readonly lifeline: number | undefined };

/** The program is loaded where it runs only: a supervisor needs none of it. */
const runHere = async (argv: readonly string[], { terminal, lifeline }: Surroundings): Promise<number> => {
  const { connectSupervisor } = await import('./supervision/supervisor.ts');
  const supervisor = lifeline === undefined ? undefined : connectSupervisor(lifeline);
  const { runProgram } = await import('./program.ts');
  return runProgram(argv, terminal, supervisor);
};
