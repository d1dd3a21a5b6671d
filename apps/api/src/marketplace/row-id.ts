import { notFound, unauthenticated } from '../access.ts';
import type { ApiContext } from '../context.ts';
import { parseOpaqueRowId } from '../global-id.ts';

/** @throws PlatformError IA_API_UNAUTHENTICATED, or IA_API_NOT_FOUND for what is no id of this type */
export const requireRowId = (
  { viewer }: ApiContext,
  type: 'Advisory' | 'PluginReview' | 'PluginReport' | 'TakeDown',
  globalId: string,
): string => {
  if (viewer.principal === null) throw unauthenticated();
  const id = parseOpaqueRowId(type, globalId);
  if (id === null) throw notFound();
  return id;
};
