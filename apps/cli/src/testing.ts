import { runProgram } from './program.ts';

export { runProgram } from './program.ts';

export type CommandResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs `ia-modules` in this process, with what it writes kept apart. */
export const runCommand = async (...args: readonly string[]): Promise<CommandResult> => {
  const written = { stdout: '', stderr: '' };
  const code = await runProgram(['node', 'ia-modules', ...args], {
    write: (chunk) => {
      written.stdout += chunk;
    },
    writeError: (chunk) => {
      written.stderr += chunk;
    },
    style: (_style, plain) => plain,
    flush: () => Promise.resolve(),
  });
  return { code, ...written };
};
