import { refusedInput } from '@ia-modules/bounded-work';
import { Webhook } from 'standardwebhooks';

type Signing = { readonly secret: string; readonly id: string; readonly timestamp: Date; readonly text: string };

/** HMAC-SHA256 over id, time and body. @throws PluginError `IA_PLUGIN_INPUT` for a secret that is no base64 behind whsec_ */
export const sign = ({ secret, id, timestamp, text }: Signing): string => {
  const webhook = signerOf(secret);
  return webhook.sign(id, timestamp, text);
};

const signerOf = (secret: string): Webhook => {
  if (!secret.startsWith('whsec_')) return new Webhook(new TextEncoder().encode(secret), { format: 'raw' });
  try {
    return new Webhook(secret);
  } catch {
    throw refusedInput('The secret has whsec_ in front and is no base64 behind it.');
  }
};
