import type { Json } from '@ia-modules/engine';
import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import RelayPlugin from '@pothos/plugin-relay';
import { GraphQLError } from 'graphql';
import type { ApiContext } from '../context.ts';

const MAX_COMPLEXITY = 10_000;
const MAX_DEPTH = 14;
const MAX_BREADTH = 500;

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
    limit: { complexity: MAX_COMPLEXITY, depth: MAX_DEPTH, breadth: MAX_BREADTH },
    complexityError: (kind, result) =>
      new GraphQLError(`The operation is too large: ${kind.toLowerCase()} is over the limit.`, {
        extensions: {
          code: 'IA_API_LIMIT',
          complexity: result.complexity,
          depth: result.depth,
          breadth: result.breadth,
          http: { status: 400 },
        },
      }),
  },
});

/** The builder's types with Pothos' defaults filled in, for references that helpers pass around. */
export type BuilderTypes = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;
