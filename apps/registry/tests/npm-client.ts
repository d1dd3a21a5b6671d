import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

type NpmResult = Readonly<{ code: number | null; stdout: string; stderr: string }>;

/** The real npm, cut off from the settings, the cache and the registry of whoever runs the test. */
export type NpmClient = Readonly<{
  directory: string;
  run(cwd: string, ...args: readonly string[]): Promise<NpmResult>;
}>;

export async function createNpmClient(parentDir: string, registryUrl: string, token?: string): Promise<NpmClient> {
  const directory = await mkdtemp(join(parentDir, 'npm-'));
  const userConfig = join(directory, 'npmrc');
  const auth = token === undefined ? '' : `//${new URL(registryUrl).host}/:_authToken=${token}\n`;
  await writeFile(userConfig, `registry=${registryUrl}\n${auth}`, { mode: 0o600 });
  const settings = [
    '--userconfig',
    userConfig,
    '--cache',
    join(directory, 'cache'),
    '--no-update-notifier',
    '--no-fund',
  ];
  const env = { PATH: process.env['PATH'] ?? '', HOME: directory };

  async function run(cwd: string, ...args: readonly string[]): Promise<NpmResult> {
    const child = spawn('npm', [...args, ...settings], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const exited = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    const [code, stdout, stderr] = await Promise.all([exited, buffer(child.stdout), buffer(child.stderr)]);
    return { code, stdout: stdout.toString(), stderr: stderr.toString() };
  }
  return { directory, run };
}

/** Writes a package folder as an author would have it. */
export async function writePackage(
  parentDir: string,
  packageJson: Readonly<Record<string, unknown>>,
  files: Readonly<Record<string, string>> = { 'dist/plugin.js': 'export default {};\n', 'README.md': '# Tool\n' },
): Promise<string> {
  const directory = await mkdtemp(join(parentDir, 'package-'));
  await writeFile(join(directory, 'package.json'), JSON.stringify(packageJson));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(directory, path, '..'), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  return directory;
}
