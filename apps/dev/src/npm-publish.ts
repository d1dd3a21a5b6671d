import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { runCommand } from './command.ts';

export type NpmPublish = Readonly<{ folder: string; registry: string; token: string; say: (line: string) => void }>;

/**
 * Publishes a folder with npm, with settings of its own: neither a token nor a cache of the user's is touched.
 *
 * @throws PlatformError IA_PLATFORM_PUBLISH with what npm said
 */
export async function npmPublish({ folder, registry, token, say }: NpmPublish): Promise<void> {
  const privateFolder = mkdtempSync(path.join(os.tmpdir(), 'ia-npm-'));
  try {
    const userconfig = path.join(privateFolder, 'npmrc');
    const host = registry.replace(/^https?:/, '');
    writeFileSync(userconfig, `registry=${registry}/\n${host}/:_authToken=\${IA_PUBLISH_TOKEN}\n`, { mode: 0o600 });
    await mustRun(['npm', 'publish', '--registry', `${registry}/`, '--userconfig', userconfig, '--loglevel', 'error'], {
      cwd: folder,
      env: { ...withoutNpmSettings(), IA_PUBLISH_TOKEN: token, npm_config_cache: path.join(privateFolder, 'cache') },
      say,
    });
  } finally {
    rmSync(privateFolder, { recursive: true, force: true });
  }
}

/** `npm run` hands its own settings down, which are meant for this repository. */
function withoutNpmSettings(): Record<string, undefined> {
  return Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => /^npm_/i.test(name))
      .map((name) => [name, undefined]),
  );
}

export type MustRun = Readonly<{
  cwd?: string;
  env?: Readonly<Record<string, string | undefined>>;
  say: (line: string) => void;
}>;

/** @throws PlatformError IA_PLATFORM_PUBLISH when the program ends with another code than 0 */
export async function mustRun(words: readonly string[], { cwd, env, say }: MustRun): Promise<void> {
  const { code, output } = await runCommand(words, { ...(cwd !== undefined && { cwd }), env, onLine: say });
  if (code === 0) return;
  throw new PlatformError({
    code: 'IA_PLATFORM_PUBLISH',
    message: `${path.basename(words[0] ?? '')} ${words.slice(1).join(' ')} ended with exit code ${code}:\n${output}`,
  });
}
