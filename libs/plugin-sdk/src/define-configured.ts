import { type Contribution, type ContributionInfo, type ContributionKind, describeInfo } from './contribution.ts';
import type { PluginContext } from './context.ts';
import type { Json, JsonObject } from './json.ts';
import { checkSchema, parseValue, type Received, type Schema, toJsonSchema } from './schema.ts';

/** What contributions other than steps have in common: a configuration, which stands in `with`. */
export type ConfiguredInit<C extends Schema> = ContributionInfo & {
  /** Of what a pipeline writes in `with`. @default anything */
  readonly config?: C;
};

/** Makes a contribution whose input is an object with `config` in it. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- callers say what else the input has
export const defineConfigured = <const K extends ContributionKind, const C extends Schema, Rest extends object>(
  kind: K,
  init: ConfiguredInit<C>,
  work: (call: Rest & { readonly config: Received<C> }, ctx: PluginContext) => Promise<Json>,
): Contribution<K> => {
  const schema = init.config ?? {};
  const place = { kind, name: init.name, what: 'config' } as const;
  checkSchema(schema, place);
  return {
    kind,
    name: init.name,
    describe: () => ({ ...describeInfo(init), config: toJsonSchema(schema, 'config') }),
    run: async (input, ctx) => {
      const { config: written = {}, ...rest } = input as JsonObject;
      const config = parseValue(schema, written, place) as Received<C>;
      return await work({ ...(rest as Rest), config }, ctx);
    },
  };
};
