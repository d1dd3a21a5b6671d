import { PlatformError } from '@ia-modules/plugin-sdk';
import { type ExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql';
import { InvalidDocument } from './documents.ts';

const MAX_ERRORS = 20;
const MAX_LOCATIONS = 10;

export type CostReport = {
  readonly requested: number;
  readonly actual: number;
  readonly bucket: { readonly capacity: number; readonly available: number; readonly restorePerSecond: number };
};

/** What a client reads. */
export type OperationBody = {
  readonly errors?: readonly GraphQLFormattedError[];
  readonly data?: ExecutionResult['data'];
  readonly extensions?: { readonly cost?: CostReport };
};

export type OperationResult = {
  readonly kind: 'result';
  readonly body: OperationBody;
  /** As HTTP says it, for clients that take `application/graphql-response+json`. */
  readonly status: number;
  readonly retryAfterSeconds: number | null;
};

export type OperationStream = {
  readonly kind: 'stream';
  /** Throws GraphQLErrors, masked, when the source fails. */
  readonly items: AsyncIterableIterator<OperationBody>;
};

export type MaskError = (error: unknown) => GraphQLError;

const STATUS_OF_CODES: Readonly<Record<string, number>> = {
  IA_API_RATE_LIMIT: 429,
  IA_API_TIMEOUT: 504,
  IA_DATABASE_UNAVAILABLE: 503,
  IA_DATABASE_FULL: 503,
  IA_INTERNAL: 500,
};
const BAD_REQUEST = 400;

const errorsOf = (error: unknown): readonly unknown[] => (error instanceof InvalidDocument ? error.errors : [error]);

/** A document may have the same mistake in very many places. */
const formatError = (error: GraphQLError): GraphQLFormattedError => {
  const formatted = error.toJSON();
  const { locations = [] } = formatted;
  return locations.length <= MAX_LOCATIONS ? formatted : { ...formatted, locations: locations.slice(0, MAX_LOCATIONS) };
};

export const formatErrors = (errors: readonly unknown[], mask: MaskError): readonly GraphQLFormattedError[] =>
  errors.slice(0, MAX_ERRORS).map((error) => formatError(mask(error)));

/** An operation that was not executed, or whose execution was given up. */
export const refusedResult = (error: unknown, mask: MaskError, cost?: CostReport): OperationResult => {
  const errors = formatErrors(errorsOf(error), mask);
  const details = error instanceof PlatformError ? error.details : undefined;
  const { status, retryAfterSeconds } = details ?? {};
  const code = errors[0]?.extensions?.['code'];
  return {
    kind: 'result',
    body: { errors, ...(cost !== undefined && { extensions: { cost } }) },
    status: typeof status === 'number' ? status : (STATUS_OF_CODES[String(code)] ?? BAD_REQUEST),
    retryAfterSeconds: typeof retryAfterSeconds === 'number' ? retryAfterSeconds : null,
  };
};

/** For the log. */
export const codesOf = ({ errors = [] }: OperationBody): readonly string[] =>
  errors.map(({ extensions }) => {
    const code = extensions?.['code'];
    return typeof code === 'string' ? code : '';
  });
