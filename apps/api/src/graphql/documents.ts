import { createHash } from 'node:crypto';
import {
  type DefinitionNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { LruMap } from '../lru-map.ts';
import { checkDocumentLimits, limitError, MAX_DOCUMENT_CHARACTERS, MAX_TOKENS } from './document-limits.ts';
import { OperationCost } from './operation-cost.ts';

const MAX_CACHED_DOCUMENTS = 2_000;
const MAX_CACHED_BYTES = 64 * 1_024 * 1_024;
/** What a token takes once it is parsed, however short it is: 5,000 tokens in 10,000 characters take 1.2 MB. */
const BYTES_PER_TOKEN = 250;
const MAX_VALIDATION_ERRORS = 10;

/** One operation of a document that may be executed. */
export type KnownOperation = {
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  readonly name: string | null;
  /** SHA-256 of the document, in hex. */
  readonly hash: string;
  readonly cost: OperationCost;
};

export type Documents = {
  /**
   * Finds the operation to execute.
   * @throws GraphQLError, or a list of them, when there is no valid one
   */
  find(query: string, operationName: string | null): KnownOperation;
};

/** What is wrong with a document: more than one error may be. */
export class InvalidDocument extends Error {
  readonly errors: readonly GraphQLError[];

  constructor(errors: readonly GraphQLError[]) {
    super('The document is not valid.');
    this.errors = errors;
  }
}

/** The parser is recursive, and literals may nest as deep as there are tokens. */
const parseWithinStack = (query: string): DocumentNode => {
  try {
    return parse(query, { maxTokens: MAX_TOKENS });
  } catch (error) {
    if (error instanceof RangeError) throw limitError('The document is nested too deep.');
    if (error instanceof GraphQLError && error.message.includes('token limit')) {
      throw limitError(`The document has more than ${MAX_TOKENS} tokens.`);
    }
    throw error;
  }
};

const sizeOf = (query: string, { tokenCount = MAX_TOKENS }: DocumentNode): number =>
  query.length + tokenCount * BYTES_PER_TOKEN;

const isFragment = (node: DefinitionNode): node is FragmentDefinitionNode => node.kind === Kind.FRAGMENT_DEFINITION;

const operationsOf = (
  schema: GraphQLSchema,
  document: DocumentNode,
  query: string,
): ReadonlyMap<string, KnownOperation> => {
  const hash = createHash('sha256').update(query).digest('hex');
  const fragments = document.definitions.filter(isFragment);
  const operations = new Map<string, KnownOperation>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const name = definition.name?.value ?? null;
    const cost = new OperationCost(schema, { definition, fragments });
    operations.set(name ?? '', { document, definition, name, hash, cost });
  }
  return operations;
};

const choose = (operations: ReadonlyMap<string, KnownOperation>, name: string | null): KnownOperation => {
  const [only] = operations.values();
  const chosen = name === null ? (operations.size === 1 ? only : undefined) : operations.get(name);
  if (chosen !== undefined && chosen.name === (name ?? chosen.name)) return chosen;
  throw new GraphQLError(
    name === null
      ? 'The document has several operations: pass `operationName`.'
      : 'There is no operation of this name.',
    { extensions: { code: 'IA_API_INVALID' } },
  );
};

/** Parses, bounds and validates documents once; one that comes again is known. */
export const createDocuments = (
  schema: GraphQLSchema,
  { isIntrospectionEnabled }: Readonly<{ isIntrospectionEnabled: boolean }>,
): Documents => {
  const known = new LruMap<string, ReadonlyMap<string, KnownOperation>>({
    maxEntries: MAX_CACHED_DOCUMENTS,
    maxSize: MAX_CACHED_BYTES,
  });
  const rules = isIntrospectionEnabled ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];

  const read = (query: string): DocumentNode => {
    if (query.length > MAX_DOCUMENT_CHARACTERS) {
      throw limitError(`The document has more than ${MAX_DOCUMENT_CHARACTERS} characters.`);
    }
    const document = parseWithinStack(query);
    checkDocumentLimits(document);
    const errors = validate(schema, document, rules, { maxErrors: MAX_VALIDATION_ERRORS });
    if (errors.length > 0) throw new InvalidDocument(errors);
    return document;
  };

  return {
    find(query, operationName) {
      let operations = known.get(query);
      if (operations === undefined) {
        const document = read(query);
        operations = operationsOf(schema, document, query);
        known.set(query, operations, sizeOf(query, document));
      }
      return choose(operations, operationName);
    },
  };
};
