import { readFileSync } from 'node:fs';
import path from 'node:path';

const manifest = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../package.json'), 'utf8')) as {
  readonly devDependencies: Readonly<Record<string, string>>;
};

/** The version of a package that this repository measures itself against. */
export const pinnedVersion = (name: string): string => manifest.devDependencies[name] ?? 'of an unknown version';
