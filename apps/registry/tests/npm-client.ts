import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

type NpmResult = Readonly<{ code: number | null; stdout: string; stderr: string }>;

/** The real npm, cut off from the settings, the cache and the registry of whoever runs the test. */
export type NpmClient = Readonly<{
  directory: string;
  run(cwd: string, ...args: readonly string[]): Promise<NpmResult>;
  /** As `run`, for commands that ask: types each answer when its question was printed. */
  converse(answers: ReadonlyMap<string, string>, ...args: readonly string[]): Promise<NpmResult>;
  /** As `run`, and hears what is printed meanwhile. */
  watch(onOutput: (text: string) => void, ...args: readonly string[]): Promise<NpmResult>;
}>;

export async function createNpmClient(
  parentDir: string,
  registryUrl: string,
  token?: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<NpmClient> {
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
    '--fetch-retries=0',
  ];
  const env = { PATH: process.env['PATH'] ?? '', HOME: directory, ...environment };

  const start = (cwd: string, args: readonly string[]) =>
    spawn('npm', [...args, ...settings], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });

  async function end(child: ReturnType<typeof start>): Promise<NpmResult> {
    const exited = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    const [code, stdout, stderr] = await Promise.all([exited, buffer(child.stdout), buffer(child.stderr)]);
    return { code, stdout: stdout.toString(), stderr: stderr.toString() };
  }

  async function run(cwd: string, ...args: readonly string[]): Promise<NpmResult> {
    const child = start(cwd, args);
    child.stdin.end();
    return await end(child);
  }

  async function converse(answers: ReadonlyMap<string, string>, ...args: readonly string[]): Promise<NpmResult> {
    const child = start(directory, args);
    const open = new Map(answers);
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      for (const [question, answer] of open) {
        if (!printed.includes(question)) continue;
        open.delete(question);
        child.stdin.write(`${answer}\n`);
      }
    });
    return await end(child);
  }

  async function watch(onOutput: (text: string) => void, ...args: readonly string[]): Promise<NpmResult> {
    const child = start(directory, args);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => onOutput(chunk.toString()));
    child.stdin.end();
    return await end(child);
  }
  return { directory, run, converse, watch };
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
