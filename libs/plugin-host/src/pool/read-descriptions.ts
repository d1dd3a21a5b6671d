import { type Json, PlatformError } from '@ia-modules/plugin-sdk';
import { describedSchema } from '@ia-modules/plugin-sdk/protocol';
import type { InstalledPlugin } from '../plugin-call.ts';
import type { DescribedContribution } from './described-contribution.ts';

/** @throws PlatformError `IA_PLUGIN_MANIFEST` when the code says something else than a manifest could hold. */
export const readDescriptions = (plugin: InstalledPlugin, told: Json): readonly DescribedContribution[] => {
  const read = describedSchema.safeParse(told);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new PlatformError({
    code: 'IA_PLUGIN_MANIFEST',
    message: `What ${plugin.name} says of its contributions is not valid: ${issue?.path.join('.')}: ${issue?.message}`,
    hint: 'Make contributions with the define functions of the SDK.',
    fault: 'plugin',
  });
};
