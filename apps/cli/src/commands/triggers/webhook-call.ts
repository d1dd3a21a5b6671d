import { createHmac } from 'node:crypto';

export type WebhookCall = {
  readonly url: string;
  readonly secret: string;
  readonly body: Buffer;
  readonly nowMs: number;
  /** The sender's name for this call: the same one again starts no second run. */
  readonly delivery: string;
};

export type SignedCall = { readonly url: string; readonly headers: Readonly<Record<string, string>> };

/** Signs a call as the platform checks it: HMAC-SHA256 over the time, a dot and the body. */
export const signCall = ({ url, secret, body, nowMs, delivery }: WebhookCall): SignedCall => {
  const timestamp = String(Math.floor(nowMs / 1000));
  const signature = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');
  return {
    url,
    headers: {
      'content-type': 'application/json',
      'x-ia-timestamp': timestamp,
      'x-ia-delivery': delivery,
      'x-ia-signature': `sha256=${signature}`,
    },
  };
};

/** The call as a command for a POSIX shell; `data` is what `--data-binary` gets. */
export const formatCurl = ({ url, headers }: SignedCall, data: string): string => {
  const lines = [
    `curl -X POST ${quoted(url)}`,
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    `--data-binary ${quoted(data)}`,
  ];
  return `${lines.join(' \\\n  ')}\n`;
};

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
