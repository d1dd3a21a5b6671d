import { PlatformError } from '@ia-modules/plugin-sdk';
import { GraphQLError, type GraphQLErrorOptions } from 'graphql';
import type { Logger } from 'pino';
import { databaseTroubleOf } from './database-trouble.ts';

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
 * own words go to the log under that id. Trouble of the database has codes of its own, as it passes.
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
  const trouble = databaseTroubleOf(root);
  if (trouble !== undefined) {
    const { code, message, hint } = trouble;
    return new GraphQLError(message, { ...placeOf(error), extensions: { code, hint, traceId } });
  }
  return new GraphQLError('Something went wrong on our side.', {
    ...placeOf(error),
    extensions: { code: 'IA_INTERNAL', traceId },
  });
};
