import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** How far the clock of a sender may be off, and for how long a message can be sent at all. */
export const SIGNATURE_WINDOW_MS = 300_000;

const SECRET_BYTES = 32;
const MAX_DELIVERY_CHARS = 200;
const SIGNATURE = /^sha256=([0-9a-f]{64})$/i;
const TIMESTAMP = /^\d{1,12}$/;
const DELIVERY = /^[\x21-\x7e]+$/;
const STARTS_WITH_TIMESTAMP = /^\d+\./;

/** What the headers say about who signed a message, before anybody checked it. */
export type SignedHeaders = {
  readonly signature: string;
  /** Seconds since 1970, as it was signed; null for a signature over the body alone. */
  readonly timestamp: string | null;
  /** The sender's name for this message; the same again is the same message. */
  readonly delivery: string | null;
};

export const createWebhookSecret = (): string => `whsec_${randomBytes(SECRET_BYTES).toString('base64url')}`;

const headerOf = (headers: IncomingHttpHeaders, name: string): string | null => {
  const value = headers[name];
  return typeof value === 'string' ? value : null;
};

const deliveryOf = (headers: IncomingHttpHeaders, name: string): string | null => {
  const delivery = headerOf(headers, name);
  return delivery !== null && delivery.length <= MAX_DELIVERY_CHARS && DELIVERY.test(delivery) ? delivery : null;
};

/** Reads the platform's own headers, or those of GitHub; null when there are neither, or they can not be right. */
export const readSignedHeaders = (headers: IncomingHttpHeaders): SignedHeaders | null => {
  const own = SIGNATURE.exec(headerOf(headers, 'x-ia-signature') ?? '')?.[1];
  if (own !== undefined) {
    const timestamp = headerOf(headers, 'x-ia-timestamp');
    if (timestamp === null || !TIMESTAMP.test(timestamp)) return null;
    const delivery = deliveryOf(headers, 'x-ia-delivery');
    if (delivery === null && headers['x-ia-delivery'] !== undefined) return null;
    return { signature: own.toLowerCase(), timestamp, delivery };
  }
  const signature = SIGNATURE.exec(headerOf(headers, 'x-hub-signature-256') ?? '')?.[1];
  const delivery = deliveryOf(headers, 'x-github-delivery');
  if (signature === undefined || delivery === null) return null;
  return { signature: signature.toLowerCase(), timestamp: null, delivery };
};

const isTimely = (timestamp: string, now: number): boolean =>
  Math.abs(now - Number(timestamp) * 1_000) <= SIGNATURE_WINDOW_MS;

/** Whether the secret's holder signed this message, and recently where the signature says when. */
export const isSignedWith = (
  secret: string,
  { signed, body, now }: Readonly<{ signed: SignedHeaders; body: Buffer; now: number }>,
): boolean => {
  const hmac = createHmac('sha256', secret);
  if (signed.timestamp !== null) hmac.update(`${signed.timestamp}.`);
  const isRight = timingSafeEqual(hmac.update(body).digest(), Buffer.from(signed.signature, 'hex'));
  if (signed.timestamp !== null) return isRight && isTimely(signed.timestamp, now);
  // Else an old message with a timestamp could be sent again as a body that begins with it.
  return isRight && !STARTS_WITH_TIMESTAMP.test(body.subarray(0, 24).toString('latin1'));
};
