import type { Prisma } from '@ia-modules/database';
import type { Diagnostic } from '@ia-modules/engine';

/** What whoever takes a deprecated version is told, with what to use in its place. */
export const deprecationWarnings = async (
  tx: Prisma.TransactionClient,
  { name, version }: Readonly<{ name: string; version: string }>,
): Promise<readonly Diagnostic[]> => {
  const found = await tx.pluginVersion.findUnique({
    where: { pluginName_version: { pluginName: name, version } },
    select: { deprecated: true, replacement: true },
  });
  if (found === null || found.deprecated === null) return [];
  return [
    {
      code: 'IA_PLUGIN_DEPRECATED',
      severity: 'warning',
      path: '$.version',
      line: null,
      column: null,
      message: `${name}@${version} is deprecated: ${found.deprecated}`,
      hint: found.replacement === null ? null : `Use ${found.replacement} instead.`,
    },
  ];
};
