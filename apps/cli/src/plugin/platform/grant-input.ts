import type { Json } from '@ia-modules/engine';
import type { PluginGrant } from '@ia-modules/plugin-sdk';

/** A grant as the API takes it. */
export const grantInput = ({ net, secrets }: Pick<PluginGrant, 'net' | 'secrets'>): Json => ({
  net: [...net],
  secrets: [...secrets],
});
