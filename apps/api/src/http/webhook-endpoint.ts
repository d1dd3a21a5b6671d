import type { IncomingMessage, ServerResponse } from 'node:http';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { ApiServices } from '../context.ts';
import { tenantNodeId } from '../global-id.ts';
import { createWebhookReceiver, type DeliveryOutcome } from '../triggers/deliver-webhook.ts';
import { answerError, answerJson, type JsonError } from './answer-json.ts';
import { readBytes, TOO_SLOW } from './json-body.ts';

/** What stands before the id of a webhook in its address. */
export const WEBHOOK_PATH = '/hooks/';
const MAX_WEBHOOK_BODY_BYTES = 256 * 1024;
const BODY_BOUNDS = { maxBytes: MAX_WEBHOOK_BODY_BYTES, droppedBytes: 3 * MAX_WEBHOOK_BODY_BYTES };

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
    case 'blocked': {
      const { code, message, hint } = outcome.error;
      return answerError(response, { status: 409, code, message, ...(hint !== undefined && { hint }) });
    }
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
    const body = await readBytes(request, BODY_BOUNDS);
    if (typeof body === 'string') {
      response.setHeader('connection', 'close');
      return answerError(response, body === 'too large' ? TOO_LARGE : TOO_SLOW);
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
