import { PlatformError } from '@ia-modules/plugin-sdk';
import { GraphQLError, type GraphQLErrorOptions } from 'graphql';
import type { Logger } from 'pino';
import { databaseTroubleOf } from '../database-errors/database-trouble.ts';
import { withholdSecrets } from './withheld-variables.ts';

/** By name: a tool may bring a second copy of the class. */
export const isGraphQLError = (error: unknown): error is GraphQLError =>
  error instanceof Error && error.name === 'GraphQLError';

const MAX_MESSAGE_LENGTH = 500;
const MAX_DIAGNOSTICS = 100;

/** Messages quote what was sent, which may be as long as a body. */
const shorten = (message: string): string =>
  message.length <= MAX_MESSAGE_LENGTH ? message : `${message.slice(0, MAX_MESSAGE_LENGTH)}…`;

const shortened = (error: GraphQLError): GraphQLError =>
  error.message.length <= MAX_MESSAGE_LENGTH
    ? error
    : new GraphQLError(shorten(error.message), { ...placeOf(error), extensions: error.extensions });

const firstOf = (diagnostics: unknown): unknown =>
  Array.isArray(diagnostics) ? diagnostics.slice(0, MAX_DIAGNOSTICS) : diagnostics;

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
    return shortened(withholdSecrets(isGraphQLError(error) ? error : root));
  }
  if (root instanceof PlatformError && root.fault === 'user') {
    const extensions = { code: root.code, hint: root.hint, diagnostics: firstOf(root.details?.['diagnostics']) };
    return new GraphQLError(shorten(root.message), { ...placeOf(error), extensions });
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
