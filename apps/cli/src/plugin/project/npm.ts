import { spawn } from 'node:child_process';
import { buffer } from 'node:stream/consumers';
import { PlatformError } from '@ia-modules/plugin-sdk';

export type NpmResult = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs the npm of this machine in a folder. @throws PlatformError when there is none */
export const runNpm = async (directory: string, args: readonly string[]): Promise<NpmResult> => {
  const isWindows = process.platform === 'win32';
  const child = spawn(isWindows ? 'npm.cmd' : 'npm', [...args, '--no-update-notifier', '--no-fund'], {
    cwd: directory,
    shell: isWindows,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  try {
    const [code, stdout, stderr] = await Promise.all([exited, buffer(child.stdout), buffer(child.stderr)]);
    return { code, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') };
  } catch (cause) {
    throw new PlatformError({
      code: 'IA_CLI_NPM',
      message: 'npm can not be run.',
      hint: 'It comes with Node: is its folder in PATH?',
      fault: 'infra',
      cause,
    });
  }
};

/** Sends npm to a registry, also where its settings send the package's scope elsewhere. */
export const registryArguments = (packageName: string, registry: string): readonly string[] => {
  const [scope = ''] = packageName.split('/', 1);
  return [`--registry=${registry}`, `--${scope}:registry=${registry}`];
};
