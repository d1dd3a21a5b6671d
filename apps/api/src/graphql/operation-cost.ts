import { complexityFromQuery } from '@pothos/plugin-complexity';
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getVariableValues,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type VariableDefinitionNode,
  visit,
} from 'graphql';
import { limitError } from './document-limits.ts';

const MAX_COST = 10_000;
const MAX_DEPTH = 14;
const MAX_BREADTH = 500;
const MAX_VARIABLE_ERRORS = 5;
/** A description of the whole schema costs about as much as a page of runs with everything that belongs to them. */
const INTROSPECTION_COST = 500;

/** What each field counts in an answer, by the names under which they stand there. */
type CostShape = Map<string, { readonly cost: number; below: CostShape | null }>;

export type OwnDefinitions = {
  readonly definition: OperationDefinitionNode;
  readonly fragments: readonly FragmentDefinitionNode[];
};

/** Knows of one operation, whose document is valid, what it may cost and what it did cost. */
export class OperationCost {
  readonly #schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #shape: CostShape = new Map();
  /** Pages and lists of ids can be as long as a variable says. */
  readonly #variables = new Set<string>();
  readonly #variableDefinitions: readonly VariableDefinitionNode[];
  readonly #document: DocumentNode;
  #introspections = 0;
  #constant: number | null = null;

  constructor(schema: GraphQLSchema, { definition, fragments }: OwnDefinitions) {
    this.#schema = schema;
    this.#fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
    this.#addFields(definition.selectionSet, schema.getRootType(definition.operation) ?? undefined, this.#shape);
    this.#variableDefinitions = (definition.variableDefinitions ?? []).filter(({ variable }) =>
      this.#variables.has(variable.name.value),
    );
    const own = { ...definition, variableDefinitions: this.#variableDefinitions };
    this.#document = { kind: Kind.DOCUMENT, definitions: [own, ...fragments] };
  }

  /**
   * What the operation may cost at most: every field counts, below a list once for each of its items.
   * @throws GraphQLError when that is over a limit, or a variable does not fit
   */
  requested(variables: Readonly<Record<string, unknown>>): number {
    if (this.#constant !== null) return this.#constant;
    this.#checkVariables(variables);
    const { complexity, depth, breadth } = complexityFromQuery(this.#document, { schema: this.#schema, variables });
    const cost = complexity + this.#introspections * INTROSPECTION_COST;
    refuseOver('depth', depth, MAX_DEPTH);
    refuseOver('breadth', breadth, MAX_BREADTH);
    refuseOver('cost', cost, MAX_COST);
    if (this.#variables.size === 0) this.#constant = cost;
    return cost;
  }

  /** What an answer did cost: every field in it, of lists every item. */
  actual(data: unknown): number {
    return costOf(data, this.#shape);
  }

  /** Values that don't fit must not all be described: there may be as many as the body has room for. */
  #checkVariables(variables: Readonly<Record<string, unknown>>): void {
    if (this.#variables.size === 0) return;
    const { errors } = getVariableValues(this.#schema, this.#variableDefinitions, variables, {
      maxErrors: MAX_VARIABLE_ERRORS,
    });
    if (errors?.[0] !== undefined) throw errors[0];
  }

  #addFields({ selections }: SelectionSetNode, type: GraphQLNamedType | undefined, shape: CostShape): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        this.#addField(selection, type, shape);
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value);
      const condition = fragment?.typeCondition?.name.value;
      if (fragment !== undefined) {
        this.#addFields(fragment.selectionSet, condition === undefined ? type : this.#schema.getType(condition), shape);
      }
    }
  }

  #addField(node: FieldNode, type: GraphQLNamedType | undefined, shape: CostShape): void {
    const name = node.name.value;
    const key = node.alias?.value ?? name;
    if (name === '__schema' || name === '__type') {
      this.#introspections += 1;
      shape.set(key, { cost: INTROSPECTION_COST + 1, below: null });
      return;
    }
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
    const entry = shape.get(key) ?? { cost: this.#costOfField(field, node), below: null };
    shape.set(key, entry);
    if (node.selectionSet === undefined || field === undefined) return;
    entry.below ??= new Map();
    this.#addFields(node.selectionSet, getNamedType(field.type), entry.below);
  }

  #costOfField(field: GraphQLField<unknown, unknown> | undefined, node: FieldNode): number {
    const complexity: unknown = field?.extensions['complexity'];
    if (typeof complexity === 'number') return complexity;
    if (typeof complexity === 'function') {
      for (const argument of node.arguments ?? []) {
        visit(argument, { Variable: ({ name }) => void this.#variables.add(name.value) });
      }
    }
    return hasFieldCost(complexity) ? complexity.field : 1;
  }
}

const hasFieldCost = (complexity: unknown): complexity is { readonly field: number } =>
  (typeof complexity === 'object' || typeof complexity === 'function') &&
  complexity !== null &&
  'field' in complexity &&
  typeof complexity.field === 'number';

const refuseOver = (what: string, value: number, limit: number): void => {
  if (value <= limit) return;
  throw limitError(`The operation is too large: its ${what} is ${value}, the limit ${limit}.`);
};

const costOf = (data: unknown, shape: CostShape): number => {
  if (typeof data !== 'object' || data === null) return 0;
  let sum = 0;
  if (Array.isArray(data)) {
    for (const item of data) sum += costOf(item, shape);
    return sum;
  }
  for (const key of Object.keys(data)) {
    const entry = shape.get(key);
    if (entry === undefined) continue;
    sum += entry.cost;
    if (entry.below !== null) sum += costOf((data as Readonly<Record<string, unknown>>)[key], entry.below);
  }
  return sum;
};
