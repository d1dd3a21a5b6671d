import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { contributionsOf, PACKAGE_LIMITS, type PluginManifest } from '@ia-modules/plugin-sdk';
import { findIconProblems } from '@ia-modules/plugin-sdk/host';
import type { Finding } from '../finding.ts';
import type { PackedFiles } from '../project/packed-files.ts';
import type { PluginProject } from '../project/plugin-project.ts';

/** What belongs into every package, and how large a package may be. */
export const checkContents = async (
  project: PluginProject,
  packed: PackedFiles,
  manifest: PluginManifest | undefined,
): Promise<readonly Finding[]> => [
  ...(await checkReadme(project, packed, manifest)),
  ...checkLicense(project, packed),
  ...(manifest === undefined ? [] : await checkIcons(project, packed, manifest)),
  ...checkSize(packed),
];

const find = ({ files }: PackedFiles, pattern: RegExp): string | undefined =>
  files.find((file) => pattern.test(file.path))?.path;

const checkReadme = async (
  { directory }: PluginProject,
  packed: PackedFiles,
  manifest: PluginManifest | undefined,
): Promise<readonly Finding[]> => {
  const file = find(packed, /^readme(?:\.md)?$/i);
  if (file === undefined) {
    return [
      { severity: 'error', rule: 'readme', file: 'README.md', message: 'is missing: it is what people see first' },
    ];
  }
  const text = await readFile(path.join(directory, file), 'utf8');
  return (manifest === undefined ? [] : contributionsOf(manifest))
    .filter(({ name }) => !text.includes(name))
    .map(({ kind, name }) => ({
      severity: 'warning',
      rule: 'readme-contribution',
      file,
      message: `says nothing about the ${kind} ${name}`,
    }));
};

const checkLicense = (project: PluginProject, packed: PackedFiles): readonly Finding[] => {
  const { license } = { license: undefined, ...(project.packageJson as { readonly license?: unknown }) };
  const isNamed = typeof license === 'string' && license !== '';
  const hasFile = find(packed, /^licen[cs]e(?:\.(?:md|txt))?$/i) !== undefined;
  return [
    ...(isNamed
      ? []
      : [project.at(['license'], { rule: 'license', message: 'license: must name the licence, as MIT' })]),
    ...(hasFile
      ? []
      : [{ severity: 'warning', rule: 'license-file', file: 'LICENSE', message: 'is missing' } satisfies Finding]),
  ];
};

const checkIcons = async (
  project: PluginProject,
  packed: PackedFiles,
  manifest: PluginManifest,
): Promise<readonly Finding[]> => {
  const icons = [manifest.icon, ...contributionsOf(manifest).map(({ icon }) => icon)];
  const files = [...new Set(icons.filter((icon) => icon !== undefined))];
  const without: Finding = project.at(['iaModules', 'icon'], {
    severity: 'info',
    rule: 'icon',
    message: 'iaModules.icon: there is none, so that people see a plain one',
  });
  const found = await Promise.all(
    files.map(async (file): Promise<readonly Finding[]> => {
      if (!packed.files.some((packedFile) => packedFile.path === file)) {
        return [project.at(['iaModules', 'icon'], { rule: 'icon', message: `npm would not pack the icon ${file}` })];
      }
      const problems = findIconProblems(await readFile(path.join(project.directory, file)));
      return problems.map((problem): Finding => ({ severity: 'error', rule: 'icon', file, ...problem }));
    }),
  );
  return [...(manifest.icon === undefined ? [without] : []), ...found.flat()];
};

const checkSize = ({ packedBytes, unpackedBytes, files }: PackedFiles): readonly Finding[] => {
  const limits = [
    ['bytes packed', packedBytes, PACKAGE_LIMITS.packedBytes],
    ['bytes unpacked', unpackedBytes, PACKAGE_LIMITS.unpackedBytes],
    ['files', files.length, PACKAGE_LIMITS.files],
  ] as const;
  return limits
    .filter(([, actual, most]) => actual > most)
    .map(([unit, actual, most]) => ({
      severity: 'error',
      rule: 'size',
      file: 'package.json',
      message: `the package has ${actual} ${unit}, and ${most} are allowed`,
    }));
};
