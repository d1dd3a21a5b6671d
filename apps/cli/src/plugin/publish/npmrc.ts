import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';

/** One setting of npm. */
export type NpmSetting = readonly [key: string, value: string];

/** The settings under which npm sends a token to a registry, and asks that registry for a scope. */
export const registrySettings = (options: {
  readonly registry: string;
  readonly token: string;
  readonly scopes: readonly string[];
}): readonly NpmSetting[] => {
  const { host, pathname } = new URL(`${options.registry}/`);
  return [
    [`//${host}${pathname}:_authToken`, options.token],
    ...options.scopes.map((scope): NpmSetting => [`@${scope}:registry`, `${options.registry}/`]),
  ];
};

/** Puts settings into the text of an .npmrc in the place of those of the same names; all else stays. */
export const withSettings = (text: string, settings: readonly NpmSetting[]): string => {
  const names = new Set(settings.map(([key]) => key));
  const kept = text
    .split(/\r?\n/)
    .filter((line) => !names.has(line.split('=', 1)[0]?.trim() ?? ''))
    .join('\n')
    .trimEnd();
  const added = settings.map(([key, value]) => `${key}=${value}`).join('\n');
  return `${kept}${kept === '' ? '' : '\n'}${added}\n`;
};

/** Writes settings into an .npmrc that nobody else may read. */
export const writeNpmrc = async (file: string, settings: readonly NpmSetting[]): Promise<void> => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const part = `${file}.${process.pid}.part`;
  try {
    await writeFile(part, withSettings(text, settings), { mode: 0o600, flag: 'wx' });
    await chmod(part, 0o600);
    await rename(part, file);
  } finally {
    await rm(part, { force: true });
  }
};
