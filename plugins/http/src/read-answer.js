import { parseJsonBody, readText } from '@ia-modules/http-client';
import { PluginError } from '@ia-modules/plugin-sdk';
const MAX_REFUSAL_BYTES = 1024 * 1024;
/** Reads a body: parsed when the response calls it JSON, else as text. */
export const readAnswer = async (response, { host, maxBytes }) => {
  const text = await readText(response, maxBytes);
  const isJson = /^[^;]*[/+]json\b/i.test(response.headers.get('content-type') ?? '');
  return isJson ? parseJsonBody(text, host) : text;
};
/** Enough of a body to tell what the server did not like. */
export const readRefusal = async (response) => {
  try {
    return await readText(response, MAX_REFUSAL_BYTES);
  } catch (error) {
    if (error instanceof PluginError && error.code === 'IA_PLUGIN_LIMIT') return '';
    throw error;
  }
};
