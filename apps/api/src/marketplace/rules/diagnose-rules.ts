import type { Diagnostic, PipelineDefinition } from '@ia-modules/engine';
import type { PoolClient } from 'pg';
import { usedPackages } from './used-packages.ts';

type KeptOut = { readonly name: string; readonly pattern: string };

const FIND_KEPT_OUT = `select name, plugin_rule_against($1::uuid, name) as pattern from unnest($2::text[]) as name
  where not is_plugin_let_in($1::uuid, name)`;

/** What keeps a package out, for people. */
export const keptOutMessage = ({ name, pattern }: KeptOut): string =>
  pattern === ''
    ? `Only what the rules of the tenant allow gets in, and none names ${name}.`
    : `The rule "deny ${pattern}" of the tenant keeps ${name} out.`;

const HINT = 'An admin changes the rules of the tenant: `Tenant.pluginRules` has them.';

export type RuledDefinition = {
  readonly tenantId: string;
  readonly definition: PipelineDefinition;
  /** What it needs besides what it names. */
  readonly pinned: readonly string[];
};

/** What the rules of a tenant say against the plugins of a definition. */
export const diagnoseRules = async (
  client: PoolClient,
  { tenantId, definition, pinned }: RuledDefinition,
): Promise<Diagnostic[]> => {
  const named = usedPackages(definition);
  const needed = pinned.filter((name) => !named.some((used) => used.name === name));
  const used = [...named, ...needed.map((name) => ({ name, path: '$.plugins' }))];
  if (used.length === 0) return [];
  const names = [...new Set(used.map(({ name }) => name))];
  const { rows } = await client.query<KeptOut>(FIND_KEPT_OUT, [tenantId, names]);
  return used.flatMap(({ name, path }) => {
    const keptOut = rows.find((row) => row.name === name);
    if (keptOut === undefined) return [];
    const message = keptOutMessage(keptOut);
    return [
      {
        code: 'IA_PLUGIN_NOT_ALLOWED',
        severity: 'error',
        path,
        line: null,
        column: null,
        message,
        hint: HINT,
      } as const,
    ];
  });
};
