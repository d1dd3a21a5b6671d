import { quietTypeStripping } from '../quiet-type-stripping.ts';
import { createTerminal } from '../terminal.ts';
import { runPluginProgram } from './program.ts';

/** Runs `ia-plugin` and ends the process: 0 fine, 1 findings, 2 usage, 3 internal. */
quietTypeStripping();
const terminal = createTerminal();
const exitCode = await runPluginProgram(process.argv, terminal);
await terminal.flush();
process.exit(exitCode);
