import { PlatformError } from '@ia-modules/plugin-sdk';
import { decodeCursor, encodeCursor } from '../page.ts';
import type { Place } from './place.ts';
import { NOW } from './tenant-change-source.ts';

/** One list for all feeds of a tenant: the place of a moment is the same in each. */
const CHANGE_LIST = 'changes';

export type ChangeMoment = { readonly tenantId: string; readonly place: Place; readonly at: Date };

export const changeCursor = ({ tenantId, place, at }: ChangeMoment): string =>
  encodeCursor(CHANGE_LIST, [tenantId, ...place, at.getTime()]);

/**
 * The moment that a subscription continues behind; null without a cursor, which is now.
 * @throws PlatformError IA_API_INVALID for what is no cursor of this tenant
 */
export const parseChangeCursor = (tenantId: string, cursor: string | null | undefined): ChangeMoment | null => {
  if (typeof cursor !== 'string') return null;
  const [ofTenant, xid, id, at] = decodeCursor(CHANGE_LIST, cursor, 4);
  if (ofTenant !== tenantId) {
    throw new PlatformError({
      code: 'IA_API_INVALID',
      message: 'This cursor belongs to another tenant.',
      hint: 'Pass a cursor of a change in the same tenant, or its `changesCursor`.',
    });
  }
  return { tenantId, place: [Number(xid), Number(id)], at: new Date(Number(at)) };
};

export const placeAfter = (moment: ChangeMoment | null): Place => moment?.place ?? NOW;
