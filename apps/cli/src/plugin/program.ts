import { Command } from 'commander';
import type { CommandRegistration } from '../commands/registration.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import { readVersion } from '../program-version.ts';
import { reportError } from '../report-error.ts';
import type { Terminal } from '../terminal.ts';
import { addBuildCommand } from './commands/build.ts';
import { addInitCommand } from './commands/init.ts';
import { addInfoCommand } from './commands/info.ts';
import { addInstallCommand } from './commands/install.ts';
import { addListCommands } from './commands/list.ts';
import { addLoginCommand } from './commands/login.ts';
import { addPublishCommands } from './commands/publish.ts';
import { addRehearseCommand } from './commands/rehearse.ts';
import { addTestCommand } from './commands/test.ts';
import { addUpgradeCommands } from './commands/upgrade.ts';
import { addVersionCommands } from './commands/versions.ts';
import { addValidateCommand } from './commands/validate.ts';

/** Runs one command line of `ia-plugin` and says how it ended; writes to the terminal only. */
export const runPluginProgram = async (argv: readonly string[], terminal: Terminal): Promise<ExitCode> => {
  let exitCode: ExitCode = EXIT_CODES.ok;
  const program = new Command('ia-plugin')
    .description('Make plugins for IA Modules, and manage those of a tenant.')
    .version(readVersion(), '-V, --version')
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.write(text), writeErr: (text) => terminal.writeError(text) })
    .showHelpAfterError('(ia-plugin --help shows how)');
  const registration: CommandRegistration = {
    program,
    terminal,
    supervisor: undefined,
    finish: (code) => {
      exitCode = code;
    },
  };
  addInitCommand(registration);
  addBuildCommand(registration);
  addValidateCommand(registration);
  addTestCommand(registration);
  addPublishCommands(registration);
  addLoginCommand(registration);
  addListCommands(registration);
  addInfoCommand(registration);
  addInstallCommand(registration);
  addUpgradeCommands(registration);
  addVersionCommands(registration);
  addRehearseCommand(registration);
  try {
    await program.parseAsync(argv);
    return exitCode;
  } catch (error) {
    return reportError(error, terminal);
  }
};
