import { stripVTControlCharacters } from 'node:util';
import { EXIT_CODES } from '../../exit-codes.ts';
import { printable } from '../../printable.ts';
import type { Terminal } from '../../terminal.ts';
import type { CommandRegistration } from '../../commands/registration.ts';
import { formatFindings } from '../finding.ts';
import type { FixtureResult } from '../test/run-fixtures.ts';
import { testPlugin, type TestReport } from '../test/test-plugin.ts';
import { addSandboxOption, type SandboxOptions } from './sandbox-option.ts';

type TestFlags = SandboxOptions & { readonly update?: boolean; readonly json?: boolean };

/** `ia-plugin test [dir]` */
export const addTestCommand = ({ program, terminal, finish }: CommandRegistration): void => {
  const command = program
    .command('test')
    .description('Run fixtures/*.json in the sandbox, as the platform does, and then the tests of the plugin.')
    .argument('[dir]', 'folder of the plugin', '.')
    .option('--update', 'write what comes out into the fixtures')
    .option('--json', 'print the report as JSON');
  addSandboxOption(command).action(async (directory: string, { sandbox: level, update, json }: TestFlags) => {
    const report = await testPlugin({ directory, level, isUpdate: update === true });
    terminal.write(json === true ? `${JSON.stringify(report, null, 2)}\n` : formatTests(report, terminal.style));
    finish(report.hasPassed ? EXIT_CODES.ok : EXIT_CODES.findings);
  });
};

export const formatTests = (report: TestReport, style: Terminal['style']): string => {
  const { findings, fixtures, updated, units, hasPassed } = report;
  const failed = fixtures.filter(({ file, differences }) => differences.length > 0 && !updated.includes(file));
  return [
    formatFindings(findings, style),
    ...fixtures.map((fixture) => formatFixture(fixture, updated, style)),
    ...(units === null ? [] : [stripVTControlCharacters(units.output)]),
    `${fixtures.length - failed.length} of ${fixtures.length} fixtures and ${units?.files.length ?? 0} files of tests: `,
    hasPassed ? style('green', 'passed') : style('red', 'failed'),
    '\n',
  ].join('');
};

const formatFixture = (
  { file, name, durationMs, differences }: FixtureResult,
  updated: readonly string[],
  style: Terminal['style'],
): string => {
  const mark = updated.includes(file)
    ? style('yellow', 'updated')
    : differences.length === 0
      ? style('green', 'ok')
      : style('red', 'failed');
  const lines = updated.includes(file) ? [] : differences;
  return `${mark} ${file}: ${printable(name)} (${durationMs} ms)\n${lines.map((line) => `  ${printable(line)}\n`).join('')}`;
};
