import type { JsonObject } from '@ia-modules/engine';
import { readText } from '../../pipeline-file.ts';
import { readJsonObject } from '../../platform/argument-values.ts';
import { createPipeline, pipelineRevisions, updatePipeline } from '../../platform/documents/pipeline-documents.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { printable } from '../../printable.ts';
import type { CommandRegistration } from '../registration.ts';

type SaveOptions = { readonly dryRun?: boolean };

/** `ia-modules pipelines …`: the definitions that a tenant has. */
export const addPipelinesCommands = (registration: CommandRegistration): void => {
  const group = registration.program.command('pipelines').description('Pipelines of a tenant.');
  platformCommand(group, 'save <file>', 'Save a definition: as a new pipeline, or as the next revision of its name.')
    .option('--dry-run', 'only check it')
    .action(withSession<SaveOptions, [string]>(registration, save));
};

const save = async (session: PlatformSession, options: SaveOptions, [file]: readonly [string]): Promise<void> => {
  const definition = await readJsonObject(await readText(file), file);
  const dryRun = options.dryRun === true;
  const existing = await findByName(session, definition);
  const saved =
    existing === undefined
      ? await session.api.mutate(createPipeline, {
          input: { tenantId: (await session.tenant()).id, definition, dryRun },
        })
      : await session.api.mutate(updatePipeline, {
          input: { id: existing.id, definition, expectedVersion: existing.revision, dryRun },
        });
  const { name, revision } = saved.pipeline;
  const done = dryRun ? 'can be saved' : `is saved as revision ${revision}`;
  session.print({ json: { ...saved, dryRun }, text: () => `${printable(name)} ${done}.\n` });
  for (const { message, path } of session.isJson ? [] : saved.diagnostics) {
    session.terminal.writeError(`warning: ${printable(`${path}: ${message}`)}\n`);
  }
};

const findByName = async (session: PlatformSession, { name }: JsonObject) => {
  if (typeof name !== 'string') return undefined;
  const { slug } = await session.tenant();
  const { tenant } = await session.api.query(pipelineRevisions, { slug, name });
  return tenant?.pipelines.nodes.find((pipeline) => pipeline.name === name);
};
