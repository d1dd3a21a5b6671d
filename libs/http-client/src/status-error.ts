import { PluginError } from '@ia-modules/plugin-sdk';
import { readRetryAfter } from './retry-after.ts';

const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504, 529]);
const MAX_BODY_CHARS = 500;

export type RefusedRequest = {
  readonly method: string;
  readonly url: URL;
  readonly response: Response;
  readonly body: string;
  readonly now: number;
  readonly hint?: string;
};

/** Makes the error of a status that was not wanted. It names the host only: path and query may hold credentials. */
export const statusError = ({ method, url, response, body, now, hint }: RefusedRequest): PluginError => {
  const { status, statusText, headers } = response;
  const retryAfterMs = readRetryAfter(headers, now);
  return new PluginError({
    name: 'HttpStatusError',
    message: `${method} ${url.host} answered ${status} ${statusText}`.trimEnd(),
    retryable: RETRYABLE_STATUSES.has(status),
    ...(hint === undefined ? {} : { hint }),
    details: {
      status,
      body: body.slice(0, MAX_BODY_CHARS),
      ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }),
    },
  });
};
