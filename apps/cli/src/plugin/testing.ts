import type { CommandResult } from '../testing.ts';
import { runPluginProgram } from './program.ts';

/** Runs `ia-plugin` in this process, with what it writes kept apart. */
export const runPluginCommand = async (...args: readonly string[]): Promise<CommandResult> => {
  const written = { stdout: '', stderr: '' };
  const code = await runPluginProgram(['node', 'ia-plugin', ...args], {
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
