import type { Json } from '@ia-modules/engine';
import type { PluginGrant } from '@ia-modules/plugin-sdk';

/** A grant as the API takes it. */
export const grantInput = ({ net, secrets, blobs }: PluginGrant): Json => ({
  net: [...net],
  secrets: [...secrets],
  blobs,
});
