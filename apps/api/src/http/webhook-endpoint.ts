import type { IncomingMessage, ServerResponse } from 'node:http';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { ApiServices } from '../context.ts';
import { tenantNodeId } from '../global-id.ts';
import { createWebhookReceiver, type DeliveryOutcome } from '../triggers/deliver-webhook.ts';
import { answerError, answerJson, type JsonError } from './answer-json.ts';

/** What stands before the id of a webhook in its address. */
export const WEBHOOK_PATH = '/hooks/';
const MAX_WEBHOOK_BODY_BYTES = 256 * 1024;
const MAX_READ_BYTES = 4 * MAX_WEBHOOK_BODY_BYTES;

const WRONG_METHOD: JsonError = {
  status: 405,
  code: 'IA_API_INVALID',
  message: 'A webhook is called with POST.',
};

const TOO_LARGE: JsonError = {
  status: 413,
  code: 'IA_API_LIMIT',
  message: `The body has more than ${MAX_WEBHOOK_BODY_BYTES} bytes.`,
};

const REFUSED: JsonError = {
  status: 401,
  code: 'IA_API_UNAUTHENTICATED',
  message: 'There is no such webhook, or the signature is not right or too old.',
  hint: 'docs/triggers.md shows how a call is signed; clocks may be five minutes apart.',
};

const ARCHIVED: JsonError = {
  status: 409,
  code: 'IA_API_CONFLICT',
  message: 'The pipeline is archived.',
};

const SWITCHED_OFF: JsonError = {
  status: 403,
  code: 'IA_API_FORBIDDEN',
  message: 'Calls from outside are switched off for the tenant.',
};

const BUSY: JsonError = {
  status: 429,
  code: 'IA_API_LIMIT',
  message: 'Too many runs of the tenant wait to begin already.',
  hint: 'Send the call again later, as it is or signed anew.',
};

/**
 * The whole body, or null when it is larger than it may be. Of one that is too large some more is read: who still sends
 * may not hear the answer.
 */
const readBody = async (request: IncomingMessage): Promise<Buffer | null> => {
  if (Number(request.headers['content-length'] ?? 0) > MAX_READ_BYTES) return null;
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  // The connection must outlive the reading: the refusal is still to be sent.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    sizeBytes += (chunk as Buffer).length;
    if (sizeBytes > MAX_READ_BYTES) return null;
    if (sizeBytes <= MAX_WEBHOOK_BODY_BYTES) chunks.push(chunk as Buffer);
  }
  return sizeBytes > MAX_WEBHOOK_BODY_BYTES ? null : Buffer.concat(chunks);
};

const answerOutcome = (response: ServerResponse, outcome: DeliveryOutcome): void => {
  switch (outcome.kind) {
    case 'started':
    case 'repeated': {
      const { tenantId, runId: id } = outcome;
      return answerJson(response, outcome.kind === 'started' ? 202 : 200, {
        runId: tenantNodeId('Run', { tenantId, id }),
      });
    }
    case 'refused':
      return answerError(response, REFUSED);
    case 'archived':
      return answerError(response, ARCHIVED);
    case 'busy':
      return answerError(response, BUSY);
    case 'off':
      return answerError(response, SWITCHED_OFF);
    case 'used_up': {
      const { message, retryAfterSeconds } = outcome;
      response.setHeader('retry-after', retryAfterSeconds);
      return answerError(response, { status: 429, code: 'IA_API_QUOTA', message });
    }
    case 'unfit': {
      const { diagnostics } = outcome;
      const message = 'The parameters do not fit the pipeline.';
      return answerJson(response, 422, { errors: [{ message, extensions: { code: 'IA_API_INVALID', diagnostics } }] });
    }
  }
};

/** Answers calls of webhooks: whoever knows the secret of one starts its pipeline. */
export const createWebhookEndpoint = (services: ApiServices) => {
  const receive = createWebhookReceiver(services);

  return async (request: IncomingMessage, response: ServerResponse, webhookId: string): Promise<void> => {
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST');
      return answerError(response, WRONG_METHOD);
    }
    const body = await readBody(request);
    if (body === null) {
      response.setHeader('connection', 'close');
      return answerError(response, TOO_LARGE);
    }
    try {
      answerOutcome(response, await receive({ webhookId, headers: request.headers, body, now: new Date() }));
    } catch (error) {
      if (!(error instanceof PlatformError) || error.code !== 'IA_API_INVALID') throw error;
      const { code, message, hint } = error;
      answerError(response, { status: 422, code, message, ...(hint !== undefined && { hint }) });
    }
  };
};
