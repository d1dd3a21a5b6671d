import { EXIT_CODES } from '../../exit-codes.ts';
import type { Terminal } from '../../terminal.ts';
import type { CommandRegistration } from '../../commands/registration.ts';
import { formatFindings, hasErrors } from '../finding.ts';
import { buildPlugin, type BuildReport, type BuiltPlugin } from '../project/build-plugin.ts';
import { addSandboxOption, type SandboxOptions } from './sandbox-option.ts';

type BuildFlags = SandboxOptions & { readonly json?: boolean; readonly check?: boolean; readonly sourcemap?: boolean };

/** `ia-plugin build [dir]` */
export const addBuildCommand = ({ program, terminal, finish }: CommandRegistration): void => {
  const command = program
    .command('build')
    .description('Bundle src/plugin.ts into one module, and write what it contributes into the manifest.')
    .argument('[dir]', 'folder of the plugin', '.')
    .option('--check', 'change nothing, and fail where a build would change the manifest')
    .option('--sourcemap', 'write a source map beside the module')
    .option('--json', 'print the report as JSON');
  addSandboxOption(command).action(async (directory: string, flags: BuildFlags) => {
    const { findings, built } = await buildPlugin({
      directory,
      level: flags.sandbox,
      isCheck: flags.check === true,
      hasSourcemap: flags.sourcemap === true,
    });
    const report = { findings, built };
    terminal.write(flags.json === true ? `${JSON.stringify(report, null, 2)}\n` : formatBuild(report, terminal.style));
    finish(hasErrors(findings) ? EXIT_CODES.findings : EXIT_CODES.ok);
  });
};

export const formatBuild = (
  { findings, built }: Pick<BuildReport, 'findings' | 'built'>,
  style: Terminal['style'],
): string => formatFindings(findings, style) + (built === null ? '' : formatBuilt(built, style));

const kibibytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;

const formatBuilt = (built: BuiltPlugin, style: Terminal['style']): string => {
  const { name, version, entry, sizeBytes, contributions, changes, largestInputs, packages } = built;
  const names = contributions.map((item) => `${item.kind} ${item.name}`).join(', ');
  const lines = [
    `${style('bold', `${name}@${version}`)}  ${entry}  ${kibibytes(sizeBytes)}  ${names}`,
    ...changes.map(({ contribution, change, fields }) =>
      `  manifest: ${contribution} ${change} ${fields.join(', ')}`.trimEnd(),
    ),
    ...largestInputs.map(({ path, sizeBytes: bytes }) => style('dim', `  ${kibibytes(bytes).padStart(10)}  ${path}`)),
    ...packages.map((item) => style('dim', `  bundled: ${item.name}@${item.version} (${item.license})`)),
  ];
  return lines.map((line) => `${line}\n`).join('');
};
