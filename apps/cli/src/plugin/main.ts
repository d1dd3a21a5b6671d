import { PlatformError } from '@ia-modules/plugin-sdk';
import { Command, CommanderError } from 'commander';
import { addBuildCommand } from './commands/build.ts';

const EXIT_CODES = { fine: 0, findings: 1, usage: 2, internal: 3 } as const;

const program = new Command('ia-plugin').description('Builds plugins for IA Modules.').exitOverride();
addBuildCommand(program, (hasFindings) => {
  process.exitCode = hasFindings ? EXIT_CODES.findings : EXIT_CODES.fine;
});

process.stdout.on('error', () => process.exit(EXIT_CODES.fine));
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? EXIT_CODES.fine : EXIT_CODES.usage);
  const hint = error instanceof PlatformError && error.hint !== undefined ? `\n  ${error.hint}` : '';
  console.error(`ia-plugin: ${error instanceof Error ? error.message : String(error)}${hint}`);
  process.exit(EXIT_CODES.internal);
}
