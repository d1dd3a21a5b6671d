import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { Metafile } from 'esbuild';
import { z } from 'zod';

/** A package whose code is in the bundle. */
export type BundledPackage = {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** The text of its licence file; undefined when it has none. */
  readonly licenseText: string | undefined;
};

export type BundledInput = { readonly path: string; readonly sizeBytes: number };

const packageSchema = z.object({ name: z.string(), version: z.string().default(''), license: z.string().default('') });

/** The files that take the most room in the bundle. */
export const largestInputs = ({ outputs }: Metafile, count: number): readonly BundledInput[] =>
  Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .map(([path, { bytesInOutput }]) => ({ path, sizeBytes: bytesInOutput }))
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, count);

/** The packages of others that a bundle holds, by their names. */
export const bundledPackages = async (directory: string, metafile: Metafile): Promise<readonly BundledPackage[]> => {
  const folders = new Set<string>();
  for (const { path, sizeBytes } of largestInputs(metafile, Infinity)) {
    const folder = sizeBytes > 0 ? await findPackage(dirname(resolve(directory, path))) : undefined;
    if (folder !== undefined && relative(folder, directory) !== '') folders.add(folder);
  }
  const packages = await Promise.all([...folders].map(readPackage));
  return packages.toSorted((a, b) => a.name.localeCompare(b.name));
};

/** Some packages hold nameless package.json files, which only say of what kind their modules are. */
const findPackage = async (folder: string): Promise<string | undefined> => {
  for (let current = folder; ; current = dirname(current)) {
    if (packageSchema.safeParse(await readJson(join(current, 'package.json'))).success) return current;
    if (dirname(current) === current) return undefined;
  }
};

const readPackage = async (folder: string): Promise<BundledPackage> => {
  const { name, version, license } = packageSchema.parse(await readJson(join(folder, 'package.json')));
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e(?:\.(?:md|txt))?$/i.test(entry));
  const licenseText = file === undefined ? undefined : await readFile(join(folder, file), 'utf8');
  return { name, version, license: license || 'unknown', licenseText };
};

const readJson = async (file: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
};

/** What has to travel with code of others. */
export const formatLicenses = (packages: readonly BundledPackage[]): string =>
  packages
    .map(({ name, version, license, licenseText }) =>
      [`${name}@${version} (${license})`, licenseText?.trim() ?? 'The package holds no text of its licence.'].join(
        '\n\n',
      ),
    )
    .join(`\n\n${'-'.repeat(80)}\n\n`)
    .concat('\n');
