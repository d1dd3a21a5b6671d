import { type ErrorCode, PlatformError } from '@ia-modules/plugin-sdk';
import type { Problem } from './problem.ts';

const STATUS_BY_CODE: Partial<Record<ErrorCode, number>> = {
  IA_BLOB_CHANGED: 503,
  IA_BLOB_NO_SPACE: 507,
  IA_BLOB_UNAVAILABLE: 503,
  IA_PLUGIN_TAKEN_DOWN: 403,
  IA_REGISTRY_REQUEST: 400,
  IA_REGISTRY_UNAUTHENTICATED: 401,
  IA_REGISTRY_BUSY: 429,
  // npm tries again after 501, and prints this one.
  IA_REGISTRY_ELSEWHERE: 405,
  IA_REGISTRY_FORBIDDEN: 403,
  IA_REGISTRY_IMMUTABLE: 403,
  IA_REGISTRY_NOT_FOUND: 404,
  IA_REGISTRY_UNSUPPORTED: 404,
  IA_REGISTRY_UNAVAILABLE: 503,
  IA_REGISTRY_VERSION_EXISTS: 409,
  IA_REGISTRY_NAME: 422,
  IA_REGISTRY_PACKAGE: 422,
  IA_REGISTRY_SECRET: 422,
  IA_REGISTRY_SELF_TEST: 422,
  IA_REGISTRY_TARBALL: 422,
  IA_PLUGIN_MANIFEST: 422,
};

/** An error as Verdaccio reports it: npm prints the message, the status decides what npm does next. */
export type HttpError = Error & { readonly status: number };

/** Makes the error of a refusal; the first problem gives its code, all of them its message. */
export function registryError(problems: readonly Problem[]): PlatformError {
  return new PlatformError({
    code: problems[0]?.code ?? 'IA_INTERNAL',
    message: problems.map((problem) => problem.message).join(' '),
    hint: problems.find((problem) => problem.hint !== undefined)?.hint,
    details: { problems },
  });
}

/** What everyone hears, the owner as well, when the operator of the platform has taken a package or a version out. */
export function takenDown(packageName: string, reason: string): PlatformError {
  return registryError([
    {
      code: 'IA_PLUGIN_TAKEN_DOWN',
      message: `${packageName} is taken down: ${reason}`,
      hint: 'Its owner may appeal in the marketplace.',
    },
  ]);
}

/** Shapes an error for the response; whatever is not a refusal of ours stays unnamed to the caller. */
export function toHttpError(error: unknown): HttpError {
  if (error instanceof PlatformError) {
    const status = STATUS_BY_CODE[error.code] ?? 500;
    const text = [error.message, error.hint].filter((part) => part !== undefined).join(' ');
    return Object.assign(new Error(`${error.code}: ${text}`), { status });
  }
  return Object.assign(new Error('IA_INTERNAL: the registry failed to handle the request; see its log.'), {
    status: 500,
  });
}
