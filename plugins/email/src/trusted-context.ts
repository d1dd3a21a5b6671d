import type { PluginContext } from '@ia-modules/plugin-sdk';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';

/** The manifest says `trusted`, so the platform hands over the wider context. */
export const trusted = (ctx: PluginContext): TrustedContext => ctx as TrustedContext;
