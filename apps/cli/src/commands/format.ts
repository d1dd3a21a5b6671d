import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { formatPipelineText, type FormattedPipeline } from '@ia-modules/engine';
import { formatDiagnostics } from '../diagnostic-report.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { readText } from '../pipeline-file.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import type { CommandRegistration } from './registration.ts';

type FormatOptions = {
  readonly upgrade?: boolean;
  readonly check?: boolean;
  readonly write?: boolean;
  readonly json?: boolean;
};

type FormattedFile = FormattedPipeline & {
  readonly file: string;
  readonly source: string;
  readonly isChanged: boolean;
};

export const addFormatCommand = ({ program, terminal, finish }: CommandRegistration): void => {
  program
    .command('format')
    .description("Print pipelines in the language's own form: its order of keys, two spaces.")
    .argument('<file...>', 'pipelines, .json or .jsonc')
    .option('--upgrade', "rewrite the Python original's dialect; comments are lost then")
    .option('--check', 'change nothing, end with 1 when a file would change')
    .option('--write', 'write the files instead of printing them')
    .option('--json', 'print one JSON document')
    .action(async (files: readonly string[], options: FormatOptions) => {
      const { upgrade = false, check = false, write = false, json = false } = options;
      if (check && write) throw new UsageError('--check and --write exclude each other');
      const formatted = await Promise.all(files.map((file) => formatFile(file, upgrade)));
      if (write) await Promise.all(formatted.map(writeFormatted));
      if (json) terminal.write(`${JSON.stringify({ files: formatted.map(summarize) }, null, 2)}\n`);
      else for (const item of formatted) report(item, terminal, check ? 'check' : write ? 'write' : 'print');
      finish(formatted.some((item) => hasFailed(item, check)) ? EXIT_CODES.findings : EXIT_CODES.ok);
    });
};

const formatFile = async (file: string, upgrade: boolean): Promise<FormattedFile> => {
  const source = await readText(file);
  const format = extname(file).toLowerCase() === '.jsonc' ? 'jsonc' : 'json';
  const formatted = formatPipelineText(source, { format, upgrade });
  return { file, source, ...formatted, isChanged: formatted.text !== undefined && formatted.text !== source };
};

const writeFormatted = async ({ file, text, isChanged }: FormattedFile): Promise<void> => {
  if (text !== undefined && isChanged) await writeFile(file, text);
};

const hasFailed = ({ text, isChanged, diagnostics }: FormattedFile, isCheck: boolean): boolean =>
  text === undefined || (isCheck && isChanged) || diagnostics.some(({ severity }) => severity === 'error');

const summarize = ({ file, text, isChanged, isUpgradable, diagnostics }: FormattedFile) => ({
  file,
  changed: isChanged,
  upgradable: isUpgradable,
  text: text ?? null,
  diagnostics,
});

const CHANGED = { check: 'would change', write: 'changed' } as const;

/** The text goes to standard output, everything about it to standard error. */
const report = (item: FormattedFile, terminal: Terminal, mode: 'check' | 'write' | 'print'): void => {
  const { file, source, text, diagnostics, isChanged, isUpgradable } = item;
  if (diagnostics.length > 0)
    terminal.writeError(`${formatDiagnostics({ file, text: source, diagnostics }, terminal.style)}\n`);
  if (isUpgradable) terminal.writeError(`${file} is written in an older dialect: --upgrade rewrites it.\n`);
  if (text === undefined) return;
  if (mode === 'print') terminal.write(text);
  else terminal.writeError(`${file}: ${isChanged ? CHANGED[mode] : 'as it should be'}\n`);
};
