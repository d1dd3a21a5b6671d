import { EXIT_CODES } from '../../exit-codes.ts';
import type { CommandRegistration } from '../../commands/registration.ts';
import { formatFindings, hasErrors } from '../finding.ts';
import { validatePlugin } from '../validate/validate-plugin.ts';
import { addSandboxOption, type SandboxOptions } from './sandbox-option.ts';

type ValidateFlags = SandboxOptions & { readonly registry?: string; readonly json?: boolean };

/** `ia-plugin validate [dir]` */
export const addValidateCommand = ({ program, terminal, finish }: CommandRegistration): void => {
  const command = program
    .command('validate')
    .description('Name every problem of a plugin, with file, line and column. Changes nothing.')
    .argument('[dir]', 'folder of the plugin', '.')
    .option('--registry <url>', 'also ask this registry whether the version is free')
    .option('--json', 'print the findings as JSON');
  addSandboxOption(command).action(async (directory: string, { sandbox: level, registry, json }: ValidateFlags) => {
    const findings = await validatePlugin({ directory, level, registry });
    const isClean = findings.every(({ severity }) => severity === 'info');
    const text = formatFindings(findings, terminal.style) + (isClean ? 'No problems were found.\n' : '');
    terminal.write(json === true ? `${JSON.stringify({ findings }, null, 2)}\n` : text);
    finish(hasErrors(findings) ? EXIT_CODES.findings : EXIT_CODES.ok);
  });
};
