import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PlatformError } from '@ia-modules/plugin-sdk';

/** Whether plugins can be run in a sandbox at all: whether Deno is installed. */
export const hasSandbox = (): boolean => {
  try {
    findDenoBinary();
    return true;
  } catch {
    return false;
  }
};

/** Finds the Deno binary that npm installed for this platform. */
export const findDenoBinary = (): string => {
  const requireFromHere = createRequire(import.meta.url);
  const suffix = process.platform === 'linux' ? '-glibc' : '';
  const name = `@deno/${process.platform}-${process.arch}${suffix}`;
  try {
    const requireFromDeno = createRequire(requireFromHere.resolve('deno/package.json'));
    const directory = dirname(requireFromDeno.resolve(`${name}/package.json`));
    const path = join(directory, process.platform === 'win32' ? 'deno.exe' : 'deno');
    if (existsSync(path)) return path;
  } catch {
    // Falls through to the error below: the package is not installed.
  }
  throw new PlatformError({
    code: 'IA_PLUGIN_SANDBOX',
    message: `The sandbox needs the npm package ${name}, which is not installed.`,
    hint: 'Install with optional dependencies (npm ci, without --omit=optional) on a supported platform.',
    fault: 'infra',
  });
};
