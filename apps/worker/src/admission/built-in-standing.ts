import type { BuiltInPlugin } from '@ia-modules/built-in-plugins';
import { type PluginRefusal, refusalError } from '@ia-modules/plugin-admission';
import type { Pool } from 'pg';

export type BuiltInQuery = {
  readonly tenantId: string;
  readonly plugin: Pick<BuiltInPlugin, 'name' | 'version'>;
};

export type BuiltInStanding = {
  /**
   * Lets a plugin of the platform's own run.
   * @throws PlatformError IA_PLUGIN_NOT_ALLOWED, IA_PLUGIN_ADVISORY, IA_PLUGIN_TAKEN_DOWN; whatever the database throws when
   *   what is known is too old and can't be read anew
   */
  admit(query: BuiltInQuery): Promise<void>;
  /** What is known may be out of date: the next call reads it. */
  forget(): void;
};

type BlockRow = Omit<PluginRefusal, 'version' | 'advisoryId'> & { readonly version: string | null };
type RuleRow = { readonly tenantId: string; readonly pattern: string; readonly effect: 'allow' | 'deny' };

type Known = {
  readonly readAt: number;
  readonly blocks: readonly BlockRow[];
  readonly rules: ReadonlyMap<string, readonly RuleRow[]>;
};

/** However many notifications are missed, nothing starts by what was known longer ago. */
const MAX_AGE_MS = 500;
const SCOPE = '@ia-modules';

const READ_BLOCKS =
  'select name, version, code, reason, patched_range as "patchedRange" from plugin_blocks_in_scope($1)';
const READ_RULES = 'select tenant_id as "tenantId", pattern, effect from plugin_rules_on_scope($1)';

/**
 * Keeps in memory what stands against the platform's own plugins, which are called far more often than anything of it
 * changes: read at most twice a second, by the first call that needs it.
 */
export const createBuiltInStanding = (pool: Pick<Pool, 'query'>): BuiltInStanding => {
  let known: Known | undefined;
  let reading: Promise<Known> | undefined;

  const read = async (): Promise<Known> => {
    const readAt = performance.now();
    const [blocks, rules] = await Promise.all([
      pool.query<BlockRow>(READ_BLOCKS, [SCOPE]),
      pool.query<RuleRow>(READ_RULES, [SCOPE]),
    ]);
    return { readAt, blocks: blocks.rows, rules: Map.groupBy(rules.rows, ({ tenantId }) => tenantId) };
  };

  const readShared = (): Promise<Known> => {
    const current = read();
    reading = current;
    const settle = (result?: Known): void => {
      if (reading !== current) return;
      reading = undefined;
      known = result;
    };
    current.then(settle, () => settle());
    return current;
  };

  return {
    admit: async ({ tenantId, plugin: { name, version } }) => {
      const isFresh = known !== undefined && performance.now() - known.readAt < MAX_AGE_MS;
      const { blocks, rules } = known !== undefined && isFresh ? known : await (reading ?? readShared());
      const block = blocks.find((row) => row.name === name && (row.version === null || row.version === version));
      if (block !== undefined) throw refusalError({ ...block, version });
      if (!isLetIn(name, rules.get(tenantId) ?? [])) {
        throw refusalError({ code: 'IA_PLUGIN_NOT_ALLOWED', name, version, reason: null });
      }
    },
    // A read that is under way may have been too early.
    forget: () => {
      known = undefined;
      reading = undefined;
    },
  };
};

/** As `is_plugin_let_in` in the database has it. */
const isLetIn = (name: string, rules: readonly RuleRow[]): boolean => {
  const matching = rules.filter(({ pattern }) => pattern === name || pattern === `${SCOPE}/*`);
  if (matching.some(({ effect }) => effect === 'deny')) return false;
  return matching.length > 0 || !rules.some(({ effect }) => effect === 'allow');
};
