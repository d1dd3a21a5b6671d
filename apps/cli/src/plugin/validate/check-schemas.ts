import { compileJsonSchema, type JsonObject } from '@ia-modules/engine';
import {
  CONTRIBUTION_LISTS,
  contributionsOf,
  type ManifestContribution,
  type PluginManifest,
} from '@ia-modules/plugin-sdk';
import type { Finding } from '../finding.ts';
import type { PluginProject } from '../project/plugin-project.ts';

type Place = { readonly path: readonly (string | number)[]; readonly name: string };

/** Compiles every schema as the platform does, and looks for what people need to fill in a form. */
export const checkSchemas = (project: PluginProject, manifest: PluginManifest): readonly Finding[] =>
  contributionsOf(manifest).flatMap((contribution) => {
    const list = CONTRIBUTION_LISTS[contribution.kind];
    const index = contributionsOf(manifest)
      .filter(({ kind }) => kind === contribution.kind)
      .findIndex(({ name }) => name === contribution.name);
    return schemasOf(contribution).flatMap(([key, schema]) => {
      const path = ['iaModules', 'contributions', list, index, key];
      return checkSchema(project, schema, { path, name: `${list}.${contribution.name}.${key}` });
    });
  });

const schemasOf = (contribution: ManifestContribution): readonly (readonly [string, JsonObject])[] =>
  contribution.kind === 'step'
    ? [
        ['input', contribution.input],
        ['output', contribution.output],
      ]
    : [['config', contribution.config]];

const checkSchema = (project: PluginProject, schema: JsonObject, { path, name }: Place): readonly Finding[] => {
  try {
    compileJsonSchema(schema);
  } catch (error) {
    const message = `${name}: ${error instanceof Error ? error.message : String(error)}`;
    return [project.at([...path], { rule: 'schema', message })];
  }
  const { properties = {} } = schema as { readonly properties?: Readonly<Record<string, unknown>> };
  return Object.entries(properties)
    .filter(([, field]) => typeof field === 'object' && field !== null && !('description' in field))
    .map(([field]) =>
      project.at([...path, 'properties', field], {
        severity: 'info',
        rule: 'field-description',
        message: `${name}: the field ${field} has no description`,
        hint: 'The portal shows it beside the field.',
      }),
    );
};
