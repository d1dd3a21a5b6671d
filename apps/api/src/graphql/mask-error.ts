import { PlatformError } from '@ia-modules/plugin-sdk';
import { GraphQLError, type GraphQLErrorOptions } from 'graphql';
import type { Logger } from 'pino';

/** By name: a tool may bring a second copy of the class. */
export const isGraphQLError = (error: unknown): error is GraphQLError =>
  error instanceof Error && error.name === 'GraphQLError';

const placeOf = (error: unknown): Pick<GraphQLErrorOptions, 'nodes' | 'source' | 'positions' | 'path'> =>
  isGraphQLError(error)
    ? {
        nodes: error.nodes ?? null,
        source: error.source ?? null,
        positions: error.positions ?? null,
        path: error.path ?? null,
      }
    : {};

const rootOf = (error: unknown): unknown => {
  let root = error;
  while (isGraphQLError(root) && root.originalError != null) root = root.originalError;
  return root;
};

/**
 * Shows what is the caller's business and hides the rest: an unexpected error becomes a code and a trace id, and its
 * own words go to the log under that id.
 */
export const maskError = (
  error: unknown,
  { logger, traceId }: Readonly<{ logger: Logger; traceId: string }>,
): GraphQLError => {
  const root = rootOf(error);
  if (isGraphQLError(root)) {
    return isGraphQLError(error) ? error : root;
  }
  if (root instanceof PlatformError && root.fault === 'user') {
    const extensions = { code: root.code, hint: root.hint, diagnostics: root.details?.['diagnostics'] };
    return new GraphQLError(root.message, { ...placeOf(error), extensions });
  }
  logger.error({ err: root, traceId }, 'an operation failed');
  return new GraphQLError('Something went wrong on our side.', {
    ...placeOf(error),
    extensions: { code: 'IA_INTERNAL', traceId },
  });
};
