import { checkNesting, type Json, type JsonObject } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { isStorableText } from '../refused-value.ts';

const JSON_TYPE = /^[\w.+-]+\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;

const invalid = (message: string, hint?: string, details?: Readonly<Record<string, unknown>>): PlatformError =>
  new PlatformError({ code: 'IA_API_INVALID', message, hint, details });

const decode = (bytes: Buffer): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new PlatformError({
      code: 'IA_API_INVALID',
      message: 'The body is no UTF-8 text.',
      hint: 'Send JSON, or text.',
      cause: error,
    });
  }
};

const parseJson = (text: string): Json => {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    throw invalid('The body is no JSON.', 'Send JSON, or another content type for text.');
  }
  const diagnostics = checkNesting({ body: value });
  if (diagnostics.length > 0) throw invalid('The body is nested too deep.', undefined, { diagnostics });
  return value;
};

const isStorable = (value: Json): boolean => {
  if (typeof value === 'string') return isStorableText(value);
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every((item) => isStorable(item as Json));
  return Object.entries(value).every(([key, item]) => isStorableText(key) && isStorable(item));
};

/**
 * Reads what a webhook was sent: JSON by its content type, else text; null when it is empty.
 *
 * @throws PlatformError IA_API_INVALID
 */
export const parseWebhookBody = (bytes: Buffer, contentType: string | undefined): Json => {
  const text = decode(bytes);
  if (text.trim() === '') return null;
  const body = JSON_TYPE.test(contentType ?? '') ? parseJson(text) : text;
  if (isStorable(body)) return body;
  throw invalid(
    'The body has a text or a number that can not be stored.',
    'Leave out NUL characters, halves of surrogate pairs and numbers as large as 1e309.',
  );
};

/**
 * The parameters that a body brings: those below `parameters` of an object, else none.
 *
 * @throws PlatformError IA_API_INVALID
 */
export const parametersOfBody = (body: Json): JsonObject => {
  if (typeof body !== 'object' || body === null || Array.isArray(body) || !Object.hasOwn(body, 'parameters')) return {};
  const parameters = (body as JsonObject)['parameters'] as Json;
  if (typeof parameters === 'object' && parameters !== null && !Array.isArray(parameters))
    return parameters as JsonObject;
  throw invalid('`parameters` of the body must be an object.');
};
