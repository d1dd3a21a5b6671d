import { refusedInput } from '@ia-modules/bounded-work';
import type { Json } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

export const BODY_TYPES = ['auto', 'json', 'text', 'form', 'base64'] as const;

export const bodyTypeInput = z
  .enum(BODY_TYPES)
  .default('auto')
  .describe('How the body is sent. `auto`: a text as it is, anything else as JSON. `form`: an object as form fields.');

/** A body ready to be sent, and what it is, where that is known. */
export type EncodedBody = { readonly body: string | Uint8Array<ArrayBuffer>; readonly contentType?: string };

/** @throws PluginError `IA_PLUGIN_INPUT` when the body is not what its type needs */
export const encodeBody = (body: Json | undefined, type: z.infer<typeof bodyTypeInput>): EncodedBody | undefined => {
  if (body === undefined) return undefined;
  switch (type) {
    case 'auto':
      return typeof body === 'string' ? { body } : encodeJson(body);
    case 'json':
      return encodeJson(body);
    case 'text':
      return { body: textOf(body, type), contentType: 'text/plain; charset=utf-8' };
    case 'base64':
      return { body: bytesOf(textOf(body, type)), contentType: 'application/octet-stream' };
    default:
      return { body: formOf(body), contentType: 'application/x-www-form-urlencoded' };
  }
};

const encodeJson = (body: Json): EncodedBody => ({ body: JSON.stringify(body), contentType: 'application/json' });

const textOf = (body: Json, type: string): string => {
  if (typeof body === 'string') return body;
  throw refusedInput(`A body of the type ${type} is a text.`);
};

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => {
  const compact = text.replaceAll(/\s/g, '');
  if (/^[A-Za-z0-9+/_-]*={0,2}$/.test(compact)) return new Uint8Array(Buffer.from(compact, 'base64'));
  throw refusedInput('The body is no base64.');
};

const formOf = (body: Json): string => {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw refusedInput('A body of the type form is an object.', 'Give its fields by name; a list repeats a field.');
  }
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(body)) {
    for (const part of Array.isArray(value) ? (value as readonly Json[]) : [value])
      form.append(name, fieldOf(name, part));
  }
  return form.toString();
};

const fieldOf = (name: string, value: Json | undefined): string => {
  if (typeof value !== 'object') return String(value);
  throw refusedInput(`The form field "${name}" is neither a text, a number, true nor false.`);
};
