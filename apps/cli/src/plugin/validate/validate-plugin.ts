import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { SandboxLevel } from '@ia-modules/plugin-host';
import type { PluginManifest } from '@ia-modules/plugin-sdk';
import { type Finding, hasErrors } from '../finding.ts';
import { buildPlugin } from '../project/build-plugin.ts';
import { type PackedFiles, packedFiles } from '../project/packed-files.ts';
import { type PluginProject, readProject } from '../project/plugin-project.ts';
import { findFixtures } from '../test/find-fixtures.ts';
import { checkBundle } from './check-bundle.ts';
import { checkContents } from './check-contents.ts';
import { checkFixtures } from './check-fixtures.ts';
import { checkPermissions } from './check-permissions.ts';
import { checkPublished } from './check-published.ts';
import { checkSchemas } from './check-schemas.ts';
import { checkSecrets } from './check-secrets.ts';
import { checkTypes } from './check-types.ts';

export type ValidateOptions = {
  readonly directory: string;
  readonly level: SandboxLevel;
  /** Also asks a registry whether the version is free. */
  readonly registry?: string | undefined;
};

/** Names every problem of a plugin, without changing anything in its folder. */
export const validatePlugin = async (options: ValidateOptions): Promise<readonly Finding[]> => {
  const { directory, level, registry } = options;
  const project = await readProject(directory);
  const {
    findings: buildFindings,
    manifest,
    package: packaged,
  } = await buildPlugin({ directory, level, isCheck: true });
  const packed = await packedFiles(project.directory);
  const { fixtures, findings: fixtureFindings } = await findFixtures({
    directory: project.directory,
    takesBlank: false,
  });
  const found = [
    ...buildFindings,
    ...fixtureFindings,
    ...(await checkContents(project, packed, manifest)),
    ...(await checkSecrets(project, packed)),
    ...(await checkTypes(project.directory)),
  ];
  if (manifest === undefined || packaged === undefined) return found;
  return [
    ...found,
    ...checkSchemas(project, manifest),
    ...checkFixtures(packaged, manifest, fixtures),
    ...(await checkPermissions(project, manifest)),
    ...(await checkModule(project, manifest, packed)),
    ...(registry === undefined || hasErrors(found) ? [] : await checkPublished(project, packaged, registry)),
  ];
};

const checkModule = async (
  project: PluginProject,
  manifest: PluginManifest,
  { files }: PackedFiles,
): Promise<readonly Finding[]> => {
  const code = await readFile(path.join(project.directory, manifest.entry), 'utf8').catch(() => undefined);
  if (code === undefined) return [];
  const isPacked = files.some((file) => file.path === manifest.entry);
  const missing = project.at(['files'], { rule: 'files', message: `npm would not pack the entry ${manifest.entry}` });
  return [...(isPacked ? [] : [missing]), ...checkBundle(manifest.entry, code)];
};
