import { refusedInput } from '@ia-modules/bounded-work';

export type QueryValue = string | number | boolean;

/**
 * Reads a URL and appends a query to it.
 * @throws PluginError `IA_PLUGIN_INPUT` for one with a scheme other than http and https or with a password in it; it quotes nothing
 */
export const toUrl = (text: string, query: Readonly<Record<string, QueryValue>> = {}): URL => {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw refusedInput('The URL is not one of http or https.', 'Write it in full, such as https://api.example.com/v1.');
  }
  if (url.username !== '' || url.password !== '') {
    throw refusedInput('The URL holds a user name or a password.', 'Send an authorization header instead.');
  }
  for (const [name, value] of Object.entries(query)) url.searchParams.append(name, String(value));
  return url;
};

/** @throws PluginError `IA_PLUGIN_INPUT`, without the value, which may be a secret */
export const toHeaders = (record: Readonly<Record<string, string>>): Headers => {
  const headers = new Headers();
  for (const [name, value] of Object.entries(record)) setHeader(headers, name, value);
  return headers;
};

/** The error that `Headers` throws quotes the value. */
export const setHeader = (headers: Headers, name: string, value: string): void => {
  try {
    headers.set(name, value);
  } catch {
    const message = `The header ${JSON.stringify(name)} has a name or a value that HTTP does not allow.`;
    throw refusedInput(message, 'Headers have no line breaks and no characters beyond Latin-1.');
  }
};
