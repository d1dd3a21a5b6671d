import type { Json } from '@ia-modules/engine';
import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import RelayPlugin from '@pothos/plugin-relay';
import type { ApiContext } from '../context.ts';

const SINGLE_COST = { field: 1, multiplier: 1 };

export type SchemaTypes = {
  Context: ApiContext;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    JSON: { Input: Json; Output: unknown };
  };
};

export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [RelayPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  relay: {
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    cursorType: 'String',
    // The connection itself counts its nodes: its lists must not multiply them once more.
    nodesOnConnection: { complexity: SINGLE_COST },
    edgesFieldOptions: { nullable: { list: false, items: false }, complexity: SINGLE_COST },
    nodeFieldOptions: { nullable: false },
  },
  complexity: {
    defaultComplexity: 1,
    defaultListMultiplier: 5,
    // The plugin only counts: an operation is refused before it is executed, see `OperationCost`.
    disabled: true,
  },
});

/** The builder's types with Pothos' defaults filled in, for references that helpers pass around. */
export type BuilderTypes = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;
