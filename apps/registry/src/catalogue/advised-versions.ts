import type { Prisma } from '@ia-modules/database';
import semver from 'semver';

type Warned = { readonly tenantId: string; readonly pluginName: string; readonly version: string };

/** Puts a version that is being published under the advisories whose ranges hold it, in the transaction that publishes it. */
export async function adviseOnVersion(tx: Prisma.TransactionClient, warned: Warned): Promise<void> {
  const { tenantId, pluginName, version } = warned;
  const standing = await tx.advisory.findMany({
    where: { tenantId, pluginName, withdrawnAt: null },
    select: { id: true, affectedRange: true },
  });
  const holding = standing.filter(({ affectedRange }) =>
    semver.satisfies(version, affectedRange, { includePrerelease: true }),
  );
  if (holding.length === 0) return;
  await tx.advisoryVersion.createMany({
    data: holding.map(({ id: advisoryId }) => ({ tenantId, advisoryId, pluginName, version })),
    skipDuplicates: true,
  });
}
