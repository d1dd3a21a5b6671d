import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createWebhookSecret, isSignedWith, readSignedHeaders } from './webhook-signature.ts';

const secret = createWebhookSecret();
const now = Date.parse('2026-11-23T09:00:00Z');
const body = Buffer.from('{"parameters":{}}');

const hmac = (text: string | Buffer): string => `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`;

const ownHeaders = (seconds: number, signedBody: Buffer = body) => ({
  'x-ia-timestamp': String(seconds),
  'x-ia-signature': hmac(`${seconds}.${signedBody.toString()}`),
});

const isAccepted = (headers: Record<string, string>, sentBody: Buffer = body, withSecret = secret): boolean => {
  const signed = readSignedHeaders(headers);
  return signed !== null && isSignedWith(withSecret, { signed, body: sentBody, now });
};

describe('the own signature', () => {
  it('holds for its body, its time and its secret alone', () => {
    const headers = ownHeaders(now / 1_000);
    expect(isAccepted(headers)).toBe(true);
    expect(isAccepted(headers, Buffer.from('{"parameters":{"a":1}}'))).toBe(false);
    expect(isAccepted(headers, body, createWebhookSecret())).toBe(false);
    expect(isAccepted({ ...headers, 'x-ia-timestamp': String(now / 1_000 + 1) })).toBe(false);
  });

  it.each([
    [-301, false],
    [-300, true],
    [300, true],
    [301, false],
  ])('of %d seconds from now is accepted: %s', (seconds, accepted) => {
    expect(isAccepted(ownHeaders(now / 1_000 + seconds))).toBe(accepted);
  });

  it.each([
    { 'x-ia-timestamp': '1e9', 'x-ia-signature': `sha256=${'0'.repeat(64)}` },
    { 'x-ia-timestamp': '-5', 'x-ia-signature': `sha256=${'0'.repeat(64)}` },
    { 'x-ia-signature': `sha256=${'0'.repeat(64)}` },
    { 'x-ia-timestamp': '1', 'x-ia-signature': `sha1=${'0'.repeat(40)}` },
    { 'x-ia-timestamp': '1', 'x-ia-signature': `sha256=${'0'.repeat(64)}`, 'x-ia-delivery': 'a b' },
    {},
  ])('is not read from %j', (headers) => {
    expect(readSignedHeaders(headers)).toBeNull();
  });
});

describe("GitHub's signature", () => {
  it('holds for its body, with a name of the delivery', () => {
    const headers = { 'x-hub-signature-256': hmac(body), 'x-github-delivery': 'd-1' };
    expect(isAccepted(headers)).toBe(true);
    expect(isAccepted(headers, Buffer.from('{}'))).toBe(false);
    expect(readSignedHeaders({ 'x-hub-signature-256': hmac(body) })).toBeNull();
  });

  it('does not revive an old message of the own kind', () => {
    const old = ownHeaders(now / 1_000 - 3_600);
    const revived = Buffer.from(`${old['x-ia-timestamp']}.${body.toString()}`);
    expect(isAccepted({ 'x-hub-signature-256': old['x-ia-signature'], 'x-github-delivery': 'd-2' }, revived)).toBe(
      false,
    );
  });
});
