import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { formatCurl, signCall } from './webhook-call.ts';

const body = Buffer.from('{"note":"it\'s on"}');
const call = signCall({ url: 'http://localhost/hooks/1', secret: 's', body, nowMs: 1_800_000_000_999, delivery: 'd' });

it('signs the time and the body', () => {
  const expected = createHmac('sha256', 's').update(`1800000000.${body.toString()}`).digest('hex');
  expect(call.headers).toMatchObject({ 'x-ia-timestamp': '1800000000', 'x-ia-signature': `sha256=${expected}` });
});

it('quotes for the shell', () => {
  expect(formatCurl(call, body.toString())).toContain(String.raw`--data-binary '{"note":"it'\''s on"}'`);
});
