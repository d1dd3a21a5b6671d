import { builtInNamed } from '@ia-modules/built-in-plugins';
import type { Prisma } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { ApiContext } from '../context.ts';
import { switchedOff } from '../flags/flag-reader.ts';
import { askIn } from './ask-rows.ts';
import { type CatalogueVersion, findVersion, requireCompatible, type WantedVersion } from './choose-version.ts';
import { planInstall, requireDependencies } from './install-plan.ts';

export type AdmissionRequest = WantedVersion & {
  readonly tenantId: string;
  /** Whether the tenant takes plugins of others: see {@link takesForeign}. */
  readonly takesForeign: boolean;
};

/** Asked before the transaction of a change begins. */
export const takesForeign = ({ services }: ApiContext, tenantId: string): Promise<boolean> =>
  services.flags.isEnabled(tenantId, 'COMMUNITY_PLUGINS');

/**
 * The one door for versions of plugins into a tenant: seen by it, let in by its rules, neither blocked nor tampered with, nothing that
 * comes with the platform, made for this platform. What it needs is {@link requireNeeds}' to check, once there is a grant.
 *
 * @throws PlatformError IA_API_NOT_FOUND, IA_PLUGIN_BUILT_IN, IA_PLUGIN_NOT_ALLOWED, IA_PLUGIN_TAKEN_DOWN, IA_PLUGIN_ADVISORY,
 *   IA_PLUGIN_SIGNATURE, IA_PLUGIN_INCOMPATIBLE; IA_API_INVALID when no version fits
 */
export const admitVersion = async (
  context: ApiContext,
  tx: Prisma.TransactionClient,
  request: AdmissionRequest,
): Promise<CatalogueVersion> => {
  const { tenantId, name } = request;
  refuseBuiltIn(name);
  const found = await findVersion(askIn(tx), request);
  if (!request.takesForeign) await refuseForeign(tx, request);
  await context.services.admission.check({ tenantId, name, version: found.version });
  requireCompatible(name, found);
  return found;
};

/** @throws PlatformError IA_PLUGIN_DEPENDENCY */
export const requireNeeds = async (
  tx: Prisma.TransactionClient,
  query: Readonly<{ tenantId: string; name: string; version: string }>,
): Promise<void> => requireDependencies(await planInstall(askIn(tx), query), query.name);

const refuseBuiltIn = (name: string): void => {
  const builtIn = builtInNamed(name);
  if (builtIn === undefined) return;
  throw new PlatformError({
    code: 'IA_PLUGIN_BUILT_IN',
    message: `${name} comes with the platform.`,
    hint: `Nothing has to be installed: write ${builtIn.alias}.<step> in a pipeline.`,
  });
};

const refuseForeign = async (tx: Prisma.TransactionClient, { tenantId, name }: AdmissionRequest): Promise<void> => {
  const own = await tx.plugin.findFirst({ where: { name, tenantId }, select: { name: true } });
  if (own === null) throw switchedOff('COMMUNITY_PLUGINS');
};
