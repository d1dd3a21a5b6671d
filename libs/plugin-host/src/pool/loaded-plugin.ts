import { type ContributionKind, PlatformError } from '@ia-modules/plugin-sdk';
import type { InstalledPlugin } from '../plugin-call.ts';
import { limitError, type LoadedContribution, type SandboxProcess } from '../process/sandbox-process.ts';

const START_TIMEOUT_MS = 20_000;

/** What a process has loaded, once it has. */
export const untilReady = async (process: SandboxProcess, label: string): Promise<readonly LoadedContribution[]> => {
  const timer = setTimeout(() => process.kill(limitError(label, 'does not load in time')), START_TIMEOUT_MS);
  try {
    return await process.ready;
  } finally {
    clearTimeout(timer);
  }
};

type Called = { readonly kind: ContributionKind; readonly name: string };

/** @throws PlatformError `IA_PLUGIN_STEP` when the code lacks what the manifest promises. */
export const checkLoaded = (plugin: InstalledPlugin, called: Called, loaded: readonly LoadedContribution[]): void => {
  if (loaded.some(({ kind, name }) => kind === called.kind && name === called.name)) return;
  const names = loaded.filter(({ kind }) => kind === called.kind).map(({ name }) => name);
  throw new PlatformError({
    code: 'IA_PLUGIN_STEP',
    message: `The code of ${plugin.name}@${plugin.version} defines no ${called.kind} "${called.name}".`,
    hint: names.length === 0 ? undefined : `It has: ${names.join(', ')}.`,
    fault: 'plugin',
  });
};
