import { GraphQLError } from 'graphql';

/** What a client sends for one operation, in the words of GraphQL over HTTP. */
export type OperationParams = {
  readonly query: string | null;
  readonly documentId: string | null;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
};

const invalid = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'IA_API_INVALID', http: { status: 400 } } });

const text = (value: unknown, name: string): string | null => {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  throw invalid(`\`${name}\` must be a string.`);
};

const map = (value: unknown, name: string): Readonly<Record<string, unknown>> => {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid(`\`${name}\` must be an object.`);
};

/**
 * Reads the parameters of an operation out of JSON.
 * @throws GraphQLError
 */
export const parseOperationParams = (body: unknown): OperationParams => {
  if (Array.isArray(body)) throw invalid('Operations are sent one at a time, not in a list.');
  if (body === undefined || body === null) throw invalid('The body must be an object.');
  const given = map(body, 'body');
  map(given['extensions'], 'extensions');
  const params = {
    query: text(given['query'], 'query'),
    documentId: text(given['documentId'], 'documentId'),
    operationName: text(given['operationName'], 'operationName'),
    variables: map(given['variables'], 'variables'),
  };
  if (params.query === null && params.documentId === null) throw invalid('There is no `query`.');
  return params;
};
