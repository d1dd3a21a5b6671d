import type { SandboxLevel } from '@ia-modules/plugin-host';
import { type Command, Option } from 'commander';
import { buildPlugin, type BuildReport } from '../build-plugin.ts';

type BuildFlags = { readonly json?: true; readonly sandbox: SandboxLevel };

/** `ia-plugin build [dir]` */
export const addBuildCommand = (program: Command, finish: (hasFindings: boolean) => void): void => {
  program
    .command('build')
    .description('Bundle src/plugin.ts into the one module that the manifest names, and load it in the sandbox.')
    .argument('[dir]', 'folder of the plugin', '.')
    .option('--json', 'print the report as JSON')
    .addOption(
      new Option('--sandbox <level>', 'how to isolate the plugin while its steps are listed')
        .choices(['caged', 'process'])
        .default(process.platform === 'linux' ? 'caged' : 'process'),
    )
    .action(async (directory: string, flags: BuildFlags) => {
      const report = await buildPlugin({ directory, level: flags.sandbox });
      process.stdout.write(flags.json === true ? `${JSON.stringify(report, null, 2)}\n` : describe(report));
      finish(report.findings.length > 0);
    });
};

const describe = (report: BuildReport): string => {
  const findings = report.findings.map((finding) => `error ${finding.path}: ${finding.message}\n`);
  if (report.built === null) return findings.join('');
  const { name, version, entry, sizeBytes, steps } = report.built;
  const summary = `${name}@${version}  ${entry}  ${(sizeBytes / 1024).toFixed(1)} KiB  steps: ${steps.join(', ')}\n`;
  return `${findings.join('')}${summary}`;
};
