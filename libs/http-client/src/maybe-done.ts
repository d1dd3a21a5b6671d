import { PluginError } from '@ia-modules/plugin-sdk';

/** Why no connection came about: nothing was sent then. */
const NO_CONNECTION: ReadonlySet<unknown> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Says of a request that failed on its way that the server may have done what it asked for: a step's `on_unknown` reads that. */
export const maybeDone = (error: PluginError): PluginError => {
  const { code, name, message, hint, retryable, details, cause } = error;
  if (code !== 'IA_PLUGIN_NET_FAILED' || hasNoConnection(cause)) return error;
  return new PluginError({
    code,
    name,
    message,
    retryable,
    cause,
    ...(hint === undefined ? {} : { hint }),
    details: { ...details, outcome: 'unknown' },
  });
};

const hasNoConnection = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  return ('code' in error && NO_CONNECTION.has(error.code)) || hasNoConnection(error.cause);
};
