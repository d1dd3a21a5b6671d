import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { MAX_REQUEST_BYTES } from '../limits.ts';
import { toHttpError } from '../registry-error.ts';

const RETRY_AFTER_SECONDS = 5;

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
}

export function sendError(response: ServerResponse, error: unknown): void {
  const { status, message } = toHttpError(error);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (status === 401 && !response.hasHeader('npm-notice')) response.setHeader('www-authenticate', 'Bearer');
  if (status === 503) response.setHeader('retry-after', RETRY_AFTER_SECONDS);
  sendJson(response, status, { error: message });
}

/** npm prints this beside its own words, also where it does not print those of an error. */
export function setNotice(response: ServerResponse, text: string): void {
  response.setHeader('npm-notice', text);
}

/** npm reads the answer only after it sent its whole body. A body that is too large is cut off instead. */
export async function discardBody(request: IncomingMessage): Promise<void> {
  const bytes = Number(request.headers['content-length'] ?? 0);
  if (request.complete || request.destroyed || !(bytes <= MAX_REQUEST_BYTES)) return;
  request.resume();
  await once(request, 'close').catch(() => undefined);
}
