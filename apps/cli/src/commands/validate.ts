import { readSecretVariables } from '../config.ts';
import { formatDiagnostics } from '../diagnostic-report.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { Diagnostic } from '@ia-modules/engine';
import { readWithFolder } from '../pipelines/read-with-folder.ts';
import { readSecrets, secretsToCheck } from '../run/secrets.ts';
import { UsageError } from '../usage-error.ts';
import type { CommandRegistration } from './registration.ts';

type ValidateOptions = { readonly strict?: boolean; readonly json?: boolean; readonly secrets?: string };

export const addValidateCommand = ({ program, terminal, finish }: CommandRegistration): void => {
  program
    .command('validate')
    .description('Check pipelines and say everything that is wrong with them.')
    .argument('<file...>', 'pipelines, .json or .jsonc')
    .option('--strict', 'treat warnings as errors')
    .option('--secrets <file>', 'the secrets there are, with those in the environment; others are errors then')
    .option('--json', 'print one JSON document')
    .action(async (files: readonly string[], { strict = false, json = false, secrets }: ValidateOptions) => {
      const options = secretsToCheck(secrets, await readSecrets(secrets, readSecretVariables()));
      const isOneOfMany = files.length > 1;
      const checked = await Promise.all(
        files.map((file) =>
          readWithFolder(file, options).catch((error: unknown) => unreadable(file, { error, isOneOfMany })),
        ),
      );
      const results = checked.map((item) => ({ ...item, valid: isValid(item, strict) }));
      if (json) {
        const shown = results.map(({ file, valid, diagnostics }) => ({ file, valid, diagnostics }));
        terminal.write(`${JSON.stringify({ files: shown }, null, 2)}\n`);
      } else {
        for (const item of results) {
          if (item.diagnostics.length > 0) terminal.write(`${formatDiagnostics(item, terminal.style)}\n`);
          terminal.write(
            `${item.file}: ${item.valid ? terminal.style('green', 'valid') : terminal.style('red', summaryOf(item))}\n`,
          );
        }
      }
      finish(results.every(({ valid }) => valid) ? EXIT_CODES.ok : EXIT_CODES.findings);
    });
};

type CheckedFile = { readonly file: string; readonly text: string; readonly diagnostics: readonly Diagnostic[] };
type ReadFailure = { readonly error: unknown; readonly isOneOfMany: boolean };

/** Among others, a file that can't be read is a finding: what was found in the others is not lost. */
const unreadable = (file: string, { error, isOneOfMany }: ReadFailure): CheckedFile => {
  if (!isOneOfMany || !(error instanceof UsageError)) throw error;
  const { message } = error;
  const place = { path: '$', line: null, column: null };
  const diagnostic = { code: 'IA_PIPELINE_UNREADABLE', severity: 'error', ...place, message, hint: null } as const;
  return { file, text: '', diagnostics: [diagnostic] };
};

const isValid = ({ diagnostics }: CheckedFile, isStrict: boolean): boolean =>
  !diagnostics.some(({ severity }) => severity === 'error' || (isStrict && severity === 'warning'));

const summaryOf = ({ diagnostics }: CheckedFile): string => {
  const count = (wanted: string): number => diagnostics.filter(({ severity }) => severity === wanted).length;
  return `${plural(count('error'), 'error')}, ${plural(count('warning'), 'warning')}`;
};

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
