import { ERROR_CODES, type ErrorCode, PlatformError } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

export const diagnosticSchema = z.object({
  code: z.string(),
  message: z.string(),
  path: z.string(),
  hint: z.string().nullish(),
});

/** An expected failure of a mutation: a member of its result union. */
export const typedErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().nullish(),
  diagnostics: z.array(diagnosticSchema).optional(),
  effects: z.array(z.object({ key: z.string(), stepId: z.string().nullable() })).optional(),
});
export type TypedError = z.infer<typeof typedErrorSchema>;

export const graphqlErrorSchema = z.object({
  message: z.string(),
  extensions: z.object({ code: z.string().optional(), traceId: z.string().optional() }).optional(),
});
export type GraphqlFailure = z.infer<typeof graphqlErrorSchema>;

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CODES, code);

const ANSWER_HINT = 'Is it the address of the GraphQL endpoint, and is this program as new as the API?';
const TOKEN_HINT = 'Sign in with `ia-modules login`, or set IA_API_TOKEN to an API token of the tenant.';

/** What the API says in a result union, as the error that ends a command. */
export const toPlatformError = ({ code, message, hint, diagnostics, effects }: TypedError): PlatformError =>
  new PlatformError({
    ...knownCode(code, message),
    hint: hint ?? undefined,
    details: { ...(diagnostics && { diagnostics }), ...(effects && { effects }) },
  });

/** What the API says instead of data. */
export const toQueryError = ([first, ...others]: readonly GraphqlFailure[]): PlatformError => {
  const { code = '', traceId } = first?.extensions ?? {};
  const message = [first, ...others].flatMap((error) => error?.message ?? []).join(' ');
  if (code === 'IA_INTERNAL' || traceId !== undefined) {
    const hint = traceId === undefined ? undefined : `The API's log has it under ${traceId}.`;
    return new PlatformError({ code: 'IA_INTERNAL', message, hint, fault: 'infra' });
  }
  const isKnown = isErrorCode(code);
  const hint = code === 'IA_API_UNAUTHENTICATED' ? TOKEN_HINT : isKnown ? undefined : ANSWER_HINT;
  return new PlatformError({ ...knownCode(code, message), hint, fault: isKnown ? 'user' : 'infra' });
};

/** Codes of an API that is newer than this program are told in the message. */
const knownCode = (code: string, message: string): { readonly code: ErrorCode; readonly message: string } =>
  isErrorCode(code)
    ? { code, message }
    : { code: 'IA_CLI_API_ANSWER', message: code === '' ? message : `${code}: ${message}` };

export const unauthenticated = (message: string): PlatformError =>
  new PlatformError({ code: 'IA_API_UNAUTHENTICATED', message, hint: TOKEN_HINT });

export const foreignAnswer = (message: string): PlatformError =>
  new PlatformError({ code: 'IA_CLI_API_ANSWER', message, hint: ANSWER_HINT, fault: 'infra' });

export const unreachable = (apiUrl: string, cause: unknown): PlatformError =>
  new PlatformError({
    code: 'IA_CLI_API_UNREACHABLE',
    message: `The API at ${apiUrl} does not answer: ${reasonOf(cause)}.`,
    hint: 'Is it running? Name another address with --api or IA_API_URL.',
    fault: 'infra',
    disposition: 'retry',
    cause,
  });

/** Node tells what went wrong with a connection in the cause of what fetch throws. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'the connection failed';
  if (error.name === 'TimeoutError') return 'it took too long';
  const { cause } = error;
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0]);
  return cause instanceof Error ? reasonOf(cause) : error.message;
};

export const notFound = (message: string): PlatformError => new PlatformError({ code: 'IA_API_NOT_FOUND', message });

/** The API says of all that is not there that it is not; here it is known what was asked for. */
export const nameUnknown =
  (message: string) =>
  (error: unknown): never => {
    throw error instanceof PlatformError && error.code === 'IA_API_NOT_FOUND' ? notFound(message) : error;
  };
