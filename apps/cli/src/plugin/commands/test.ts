import { stripVTControlCharacters } from 'node:util';
import type { CommandRegistration } from '../../commands/registration.ts';
import { readSecretVariables } from '../../config.ts';
import { EXIT_CODES } from '../../exit-codes.ts';
import { collect } from '../../platform/argument-values.ts';
import { printable } from '../../printable.ts';
import type { Terminal } from '../../terminal.ts';
import { formatFindings } from '../finding.ts';
import type { FixtureResult } from '@ia-modules/plugin-checks';
import { testPlugin, type TestReport } from '../test/test-plugin.ts';
import { addSandboxOption, type SandboxOptions } from './sandbox-option.ts';

type TestFlags = SandboxOptions & {
  readonly update?: boolean;
  readonly record?: boolean;
  readonly egressAllow?: readonly string[];
  readonly json?: boolean;
};

/** `ia-plugin test [dir]` */
export const addTestCommand = ({ program, terminal, finish }: CommandRegistration): void => {
  const command = program
    .command('test')
    .description('Run fixtures/*.json in the sandbox, as the platform does, and then the tests of the plugin.')
    .argument('[dir]', 'folder of the plugin', '.')
    .option('--update', 'write what comes out into the fixtures')
    .option('--record', 'make real requests, with secrets from IA_SECRET_<NAME>, and write them into the fixtures')
    .option('--egress-allow <host>', 'a host of the own network that --record may reach; may be repeated', collect)
    .option('--json', 'print the report as JSON');
  addSandboxOption(command).action(async (directory: string, flags: TestFlags) => {
    const report = await testPlugin({
      directory,
      level: flags.sandbox,
      isUpdate: flags.update === true,
      recordWith: flags.record === true ? readSecretVariables() : undefined,
      egressAllow: flags.egressAllow ?? [],
    });
    terminal.write(flags.json === true ? `${JSON.stringify(report, null, 2)}\n` : formatTests(report, terminal.style));
    finish(report.hasPassed ? EXIT_CODES.ok : EXIT_CODES.findings);
  });
};

export const formatTests = (report: TestReport, style: Terminal['style']): string => {
  const { findings, fixtures, updated, units, hasPassed } = report;
  const passed = fixtures.filter(({ differences }) => differences.length === 0);
  return [
    formatFindings(findings, style),
    ...fixtures.map((fixture) => formatFixture(fixture, updated, style)),
    ...(units === null ? [] : [stripVTControlCharacters(units.output)]),
    `${passed.length} of ${fixtures.length} fixtures and ${units?.files.length ?? 0} files of tests: `,
    hasPassed ? style('green', 'passed') : style('red', 'failed'),
    '\n',
  ].join('');
};

const formatFixture = (
  { file, name, durationMs, differences }: FixtureResult,
  updated: readonly string[],
  style: Terminal['style'],
): string => {
  const mark = differences.length === 0 ? style('green', 'ok') : style('red', 'differs');
  const written = updated.includes(file) ? style('yellow', ', written') : '';
  const lines = differences.map((line) => `  ${printable(line)}\n`).join('');
  return `${mark} ${file}: ${printable(name)} (${durationMs} ms${written})\n${lines}`;
};
