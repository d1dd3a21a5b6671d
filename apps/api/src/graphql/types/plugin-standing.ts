import { readCatalogue } from '../../plugins/catalogue.ts';
import type { CatalogueReader } from '../../plugins/plugin-rows.ts';
import { builder } from '../builder.ts';
import { PluginRef, PluginVersionRef } from '../refs.ts';

/** A statement of its own. */
const STATEMENT_COST = { field: 20, multiplier: 1 };

/** No version is called so: what is found is about all of them. */
const NO_VERSION = '';

const FIND_REASON = `select b.reason from plugin_blocks_of($1, $2) b where b.code = 'IA_PLUGIN_TAKEN_DOWN' limit 1`;

const readReason = async (reader: CatalogueReader, name: string, version: string): Promise<string | null> =>
  (await reader.query<{ reason: string }>(FIND_REASON, [name, version])).rows[0]?.reason ?? null;

builder.objectField(PluginRef, 'takenDownReason', (t) =>
  t.string({
    nullable: true,
    description: 'Why the operator of the platform has taken all of it down; null while it has not.',
    complexity: STATEMENT_COST,
    resolve: ({ name, seenFromTenantId }, _args, context) =>
      readCatalogue(context, seenFromTenantId, (reader) => readReason(reader, name, NO_VERSION)),
  }),
);

builder.objectFields(PluginVersionRef, (t) => ({
  replacement: t.exposeString('replacement', {
    nullable: true,
    description: 'What to use in place of a deprecated version: a package, with a range or without: `@scope/name@^2`.',
  }),
  takenDownReason: t.string({
    nullable: true,
    description: 'Why the operator of the platform has taken this version down, or all; null while it has not.',
    complexity: STATEMENT_COST,
    resolve: ({ pluginName, version }, _args, context) =>
      readCatalogue(context, null, (reader) => readReason(reader, pluginName, version)),
  }),
}));
