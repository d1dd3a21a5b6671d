import type { PluginContext } from '@ia-modules/plugin-sdk';
import type { ResolveService } from './service-definition.ts';

/** What a trusted step, a local module in the process of its runtime, may use besides its input. */
export type TrustedStepContext = PluginContext & {
  /** Gives a registered service; one of lifetime `step` ends with this attempt. */
  readonly services: ResolveService;
};
