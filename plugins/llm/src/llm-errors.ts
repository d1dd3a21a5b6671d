import { networkError, PluginError } from '@ia-modules/plugin-sdk';

const RETRYABLE = /overloaded|rate_limit|server_error|api_error|timeout|unavailable/;
const MAX_CHARS = 300;

/** Of a server that reports an error while it answers. */
export const streamError = (type: string, message: string): PluginError =>
  new PluginError({
    name: 'LlmError',
    message: `The model server stopped its answer: ${message.slice(0, MAX_CHARS)}`,
    retryable: RETRYABLE.test(type),
    details: { type: type.slice(0, MAX_CHARS) },
  });

export const unreadableEvent = (cause?: unknown): PluginError =>
  new PluginError({
    name: 'HttpBodyError',
    message: 'The model server does not answer as its provider does.',
    hint: 'Compare "provider" and "base_url" with what the server documents.',
    cause,
  });

export const endedEarly = (): PluginError => networkError('The model server ended its answer before it was complete.');
