import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export type PackageJson = { name: string; version: string } & Record<string, unknown>;

export function readPackageJson(folder: string): PackageJson {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as PackageJson;
}

export function writePackageJson(folder: string, content: PackageJson): void {
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(content, null, 2)}\n`);
}

const PUBLIC_FIELDS = [
  'name',
  'version',
  'description',
  'keywords',
  'license',
  'type',
  'engines',
  'iaModules',
] as const;

/** What others need of a package of this repository: nothing of how it is built and linked here. */
export function publicPackageJson(source: PackageJson): PackageJson {
  const kept = PUBLIC_FIELDS.filter((field) => source[field] !== undefined).map((field) => [field, source[field]]);
  return Object.fromEntries(kept) as PackageJson;
}
