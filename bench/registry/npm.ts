import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';

export type NpmClient = Readonly<{ home: string; cwd: string; url: string; token?: string | undefined }>;

/** Runs the real npm with a cache of its own. @throws Error with what npm wrote when it fails */
export const npm = async ({ home, cwd, url, token }: NpmClient, args: readonly string[]): Promise<string> => {
  const directory = await mkdtemp(path.join(home, 'npm-'));
  const userConfig = path.join(directory, 'npmrc');
  const auth = token === undefined ? '' : `//${new URL(url).host}/:_authToken=${token}\n`;
  await writeFile(userConfig, `registry=${url}\n${auth}`);
  const settings = ['--userconfig', userConfig, '--cache', path.join(directory, 'cache')];
  const quiet = ['--no-update-notifier', '--no-fund', '--no-audit', '--no-provenance'];
  const child = spawn('npm', [...args, ...settings, ...quiet], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [[code], output, problems] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`npm ${args.join(' ')} ended with ${String(code)}: ${problems}`);
  return output;
};
