import { requireAccess } from '../access.ts';
import type { ApiContext } from '../context.ts';

/**
 * Lets those pass who may look into a run and bend it, where the tenant has that switched on.
 * @throws PlatformError IA_API_UNAUTHENTICATED, IA_API_NOT_FOUND or IA_API_FORBIDDEN
 */
export const requireDebugging = async ({ viewer, services }: ApiContext, tenantId: string): Promise<void> => {
  requireAccess(viewer.principal, tenantId, 'run.debug');
  await services.flags.require(tenantId, 'RUN_DEBUGGING');
};
