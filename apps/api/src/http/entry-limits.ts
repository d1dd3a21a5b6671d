import type { IncomingMessage, ServerResponse } from 'node:http';
import { networkOf } from '../traffic/caller-key.ts';
import { RateBuckets } from '../traffic/rate-buckets.ts';
import { answerError } from './answer-json.ts';

/** Attempts to sign in that failed, of one address. */
const FAILED_SIGN_INS = { capacity: 100, restorePerSecond: 0.5 };
/** Calls of webhooks that were refused, of one address. */
const REFUSED_CALLS = { capacity: 300, restorePerSecond: 5 };
/** All calls of one webhook. */
const WEBHOOK_CALLS = { capacity: 1_000, restorePerSecond: 200 };

const FIRST_REFUSAL = 400;
const MAX_ID_LENGTH = 64;

/** Paths at which a password, a code or a token is tried. */
const GUESSING =
  /^\/auth\/(?:sign-in|sign-up|two-factor|device|reset-password|forget-password|request-password-reset|verify|change-)/;

export type EntryLimits = {
  /** False when it was answered: too many failed before. */
  admitSignIn(request: IncomingMessage, response: ServerResponse, path: string): boolean;
  admitWebhook(request: IncomingMessage, response: ServerResponse, webhookId: string): boolean;
};

const refuse = (response: ServerResponse, retryAfterSeconds: number): false => {
  response.setHeader('retry-after', retryAfterSeconds);
  answerError(response, {
    status: 429,
    code: 'IA_API_RATE_LIMIT',
    message: 'Too many calls, or too many that failed.',
    hint: 'Wait for the time in `Retry-After`.',
  });
  return false;
};

const admit = (buckets: RateBuckets, key: string, response: ServerResponse): boolean => {
  const withdrawal = buckets.withdraw(key, 1);
  return withdrawal.isGranted || refuse(response, withdrawal.retryAfterSeconds);
};

/** Only what fails counts: the rest is put back. */
const admitUnlessFailing = (buckets: RateBuckets, key: string, response: ServerResponse): boolean => {
  if (!admit(buckets, key, response)) return false;
  response.on('finish', () => {
    if (response.statusCode < FIRST_REFUSAL) buckets.settle(key, 1);
  });
  return true;
};

/** Bounds guessing at the entries that are open to everybody. Per process. */
export const createEntryLimits = (): EntryLimits => {
  const signIns = new RateBuckets(FAILED_SIGN_INS);
  const refusedCalls = new RateBuckets(REFUSED_CALLS);
  const webhookCalls = new RateBuckets(WEBHOOK_CALLS);
  const networkOfRequest = ({ socket }: IncomingMessage): string => networkOf(socket.remoteAddress ?? '');
  return {
    admitSignIn: (request, response, path) =>
      request.method !== 'POST' ||
      !GUESSING.test(path) ||
      admitUnlessFailing(signIns, networkOfRequest(request), response),
    admitWebhook: (request, response, webhookId) =>
      admitUnlessFailing(refusedCalls, networkOfRequest(request), response) &&
      admit(webhookCalls, webhookId.slice(0, MAX_ID_LENGTH), response),
  };
};
