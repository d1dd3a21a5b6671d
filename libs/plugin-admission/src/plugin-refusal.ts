import { PlatformError } from '@ia-modules/plugin-sdk';
import { z } from 'zod';

const refusalSchema = z.object({
  code: z.enum(['IA_PLUGIN_ADVISORY', 'IA_PLUGIN_TAKEN_DOWN', 'IA_PLUGIN_NOT_ALLOWED']),
  name: z.string(),
  version: z.string(),
  /** Of an advisory: its severity and title. */
  reason: z.string().nullable(),
  patchedRange: z.string().nullish(),
  advisoryId: z.string().nullish(),
});

/** What keeps a version of a plugin from being begun with. */
export type PluginRefusal = Readonly<z.infer<typeof refusalSchema>>;

/** What the database raises when a run would start with a plugin that is blocked or kept out. */
const START_REFUSED = 'IAP01';

type Words = { readonly message: string; readonly hint: string; readonly fault: 'plugin' | 'user' };

/** What people write may end with a full stop already. */
const asSentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

const WORDS: Readonly<Record<PluginRefusal['code'], (refusal: PluginRefusal) => Words>> = {
  IA_PLUGIN_ADVISORY: (refusal) => ({
    message: `An advisory stands against ${refusal.name}@${refusal.version}: ${asSentence(refusal.reason ?? 'nothing more is known')}`,
    hint: patchHint(refusal),
    fault: 'plugin',
  }),
  IA_PLUGIN_TAKEN_DOWN: ({ name, version, reason }) => ({
    message: `${name}@${version} is taken down by the operator of the platform: ${asSentence(reason ?? 'no reason is given')}`,
    hint: 'Use another plugin; the owner of this one may appeal.',
    fault: 'plugin',
  }),
  IA_PLUGIN_NOT_ALLOWED: ({ name }) => ({
    message: `The rules of the tenant keep ${name} out.`,
    hint: 'An admin of the tenant can change its rules for plugins.',
    fault: 'user',
  }),
};

/** The error for it: it says whose fault it is, and no retry changes it. */
export const refusalError = (refusal: PluginRefusal, cause?: unknown): PlatformError => {
  const { code, name, version } = refusal;
  const details = { plugin: name, version, ...detailsOf(refusal) };
  return new PlatformError({ code, ...WORDS[code](refusal), details, cause });
};

const detailsOf = ({ reason, patchedRange, advisoryId }: PluginRefusal) => ({
  ...(reason === null ? {} : { reason }),
  ...(typeof patchedRange === 'string' ? { patchedRange } : {}),
  ...(typeof advisoryId === 'string' ? { advisoryId } : {}),
});

const patchHint = ({ name, patchedRange }: PluginRefusal): string =>
  typeof patchedRange === 'string'
    ? `Upgrade ${name} to ${patchedRange} and save the pipeline again.`
    : `No version of ${name} is known to be without it: use another plugin, or ask its publisher.`;

/** What the database said when it refused to start a run; undefined for any other error. */
export const startRefusalOf = (error: unknown): PlatformError | undefined => {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, originalCode, detail } = error as Readonly<Record<string, unknown>>;
  if ((originalCode ?? code) !== START_REFUSED || typeof detail !== 'string') return undefined;
  return refusalError(refusalSchema.parse(JSON.parse(detail)), error);
};
