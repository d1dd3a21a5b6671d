import { Command } from 'commander';
import { addServiceAccountsCommands } from './commands/access/service-accounts.ts';
import { addTokensCommands } from './commands/access/tokens.ts';
import { addApprovalsCommands } from './commands/approvals.ts';
import { addAuditCommands } from './commands/audit/audit.ts';
import { addFlagsCommands } from './commands/flags.ts';
import { addBenchCommands } from './commands/bench/bench.ts';
import { addLimitsCommands } from './commands/limits.ts';
import { addPipelinesCommands } from './commands/pipelines/pipelines.ts';
import { addRunsCommands } from './commands/runs/runs.ts';
import { addFormatCommand } from './commands/format.ts';
import { addRunCommand } from './commands/run.ts';
import { addTenantsCommands } from './commands/tenants/tenants.ts';
import { addSecretsCommands } from './commands/secrets/secrets.ts';
import { addTriggersCommands } from './commands/triggers/event-triggers.ts';
import { addSchedulesCommands } from './commands/triggers/schedules.ts';
import { addWebhooksCommands } from './commands/triggers/webhooks.ts';
import { addSignInCommands } from './commands/sign-in/sign-in.ts';
import { addValidateCommand } from './commands/validate.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { readVersion } from './program-version.ts';
import { reportError } from './report-error.ts';
import type { Supervisor } from './supervision/supervisor.ts';
import type { Terminal } from './terminal.ts';

/** Runs one command line of `ia-modules` and says how it ended; writes to the terminal only. */
export const runProgram = async (
  argv: readonly string[],
  terminal: Terminal,
  supervisor?: Supervisor,
): Promise<ExitCode> => {
  let exitCode: ExitCode = EXIT_CODES.ok;
  const program = new Command('ia-modules')
    .description('Run and check pipelines on this machine, and control the runs of a platform.')
    .version(readVersion(), '-V, --version')
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.write(text), writeErr: (text) => terminal.writeError(text) })
    .showHelpAfterError('(ia-modules --help shows how)');
  const registration = {
    program,
    terminal,
    supervisor,
    finish: (code: ExitCode): void => {
      exitCode = code;
    },
  };
  addFormatCommand(registration);
  addRunCommand(registration);
  addApprovalsCommands(registration);
  addBenchCommands(registration);
  addAuditCommands(registration);
  addFlagsCommands(registration);
  addLimitsCommands(registration);
  addPipelinesCommands(registration);
  addRunsCommands(registration);
  addSchedulesCommands(registration);
  addSecretsCommands(registration);
  addServiceAccountsCommands(registration);
  addSignInCommands(registration);
  addTenantsCommands(registration);
  addTokensCommands(registration);
  addTriggersCommands(registration);
  addWebhooksCommands(registration);
  addValidateCommand(registration);
  try {
    await program.parseAsync(argv);
    return exitCode;
  } catch (error) {
    return reportError(error, terminal);
  }
};
