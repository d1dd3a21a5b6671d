import type { Prisma } from '@ia-modules/database';
import { type Diagnostic, didYouMean } from '@ia-modules/engine';
import { grantSchema, PlatformError, type PluginGrant, type PluginManifest } from '@ia-modules/plugin-sdk';

/** What somebody would allow a plugin, unchecked. */
export type GivenGrant = {
  readonly net: readonly string[];
  readonly secrets: readonly string[];
  readonly blobs: boolean;
};

export const inputDiagnostic = (path: string, message: string, hint: string): Diagnostic => ({
  code: 'IA_API_INVALID',
  severity: 'error',
  path,
  line: null,
  column: null,
  message,
  hint,
});

export const invalidInput = (message: string, diagnostics: readonly Diagnostic[]): PlatformError =>
  new PlatformError({ code: 'IA_API_INVALID', message, hint: 'The diagnostics say what.', details: { diagnostics } });

/** A tenant may grant less than a plugin asks for, never more: what nobody asked for, nobody would notice. */
export const checkGrant = (grant: PluginGrant, { permissions }: PluginManifest): void => {
  const diagnostics = (['net', 'secrets'] as const).flatMap((kind) => {
    const asked = new Set(permissions[kind]);
    return grant[kind]
      .filter((item) => !asked.has(item))
      .map((item) => {
        const list = [...asked].join(', ') || 'nothing';
        return inputDiagnostic(`$.grant.${kind}`, `The plugin does not ask for ${item}.`, `It asks for: ${list}.`);
      });
  });
  if (grant.blobs && !permissions.blobs) {
    const message = 'The plugin does not ask for stored bytes.';
    diagnostics.push(inputDiagnostic('$.grant.blobs', message, 'Leave `blobs` out.'));
  }
  if (diagnostics.length > 0) throw invalidInput('The grant goes beyond what the plugin asks for.', diagnostics);
};

export const parseGrant = (grant: GivenGrant): PluginGrant => {
  const parsed = grantSchema.safeParse(grant);
  if (parsed.success) return parsed.data;
  throw invalidInput(
    'The grant is not valid.',
    parsed.error.issues.map((issue) =>
      inputDiagnostic(`$.grant.${issue.path.join('.')}`, issue.message, 'See docs/plugins.md.'),
    ),
  );
};

/** What is left of a grant under another manifest: nothing that it does not ask for. */
export const keptGrant = (grant: PluginGrant, { permissions }: PluginManifest): PluginGrant => ({
  ...grant,
  blobs: grant.blobs && permissions.blobs,
  net: grant.net.filter((host) => permissions.net.includes(host)),
  secrets: grant.secrets.filter((name) => permissions.secrets.includes(name)),
});

/** What is granted may be set later: until then the plugin does not get it. */
export const missingSecrets = async (
  tx: Prisma.TransactionClient,
  tenantId: string,
  { secrets: names }: PluginGrant,
): Promise<readonly Diagnostic[]> => {
  if (names.length === 0) return [];
  const known = await tx.secret.findMany({ where: { tenantId }, select: { name: true } });
  const existing = known.map(({ name }) => name);
  return names
    .filter((name) => !existing.includes(name))
    .map((name) => ({
      ...inputDiagnostic(
        '$.grant.secrets',
        `There is no secret ${name} yet.`,
        didYouMean(name, existing) ?? 'Create it.',
      ),
      code: 'IA_SECRET_UNKNOWN',
      severity: 'warning',
    }));
};
