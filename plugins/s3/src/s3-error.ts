import { networkError, PluginError } from '@ia-modules/plugin-sdk';
import type { Bucket } from './s3-location.ts';

type Failed = { readonly error: unknown; readonly isLate: boolean };

/** The SDK's own errors bring along what was signed and answered, which belongs in no log. */
export const s3Error = (bucket: Bucket, { error, isLate }: Failed): PluginError => {
  const where = bucket.endpoint === undefined ? `S3 in ${bucket.region}` : new URL(bucket.endpoint).host;
  const { name, status, isPlatform } = readError(error);
  if (isPlatform) return error as PluginError;
  if (isLate) {
    return new PluginError({
      name: 'TimeoutError',
      retryable: true,
      message: `${where} did not answer within ${bucket.timeout_ms} ms.`,
    });
  }
  if (status === undefined) return networkError(`The call to ${where} failed (${name}).`);
  if (name === 'NoSuchKey' || name === 'NotFound') {
    return new PluginError({ name: 'ObjectNotFoundError', message: 'There is no object of this key.' });
  }
  if (name === 'PreconditionFailed' || status === 412) {
    return new PluginError({ name: 'ObjectExistsError', message: 'There is an object of this key already.' });
  }
  return new PluginError({
    name: status === 401 || status === 403 ? 'AccessDeniedError' : 'S3Error',
    message: `${where} answered ${status} ${name}.`,
    ...(status === 403 ? { hint: 'Check the credentials, and what they may do with the bucket.' } : {}),
    retryable: status >= 500 || status === 429,
    details: { status, code: name },
  });
};

export const isNotFound = (error: unknown): boolean =>
  error instanceof PluginError && error.name === 'ObjectNotFoundError';

const readError = (error: unknown) => {
  if (error instanceof PluginError) return { name: error.name, status: undefined, isPlatform: true };
  const fields = (error ?? {}) as {
    readonly name?: unknown;
    readonly code?: unknown;
    readonly cause?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  const name = fields.code ?? fields.name;
  return {
    name: typeof name === 'string' ? name.slice(0, 100) : 'unknown reason',
    status: fields.$metadata?.httpStatusCode,
    isPlatform: false,
  };
};
