import { decodeCursor, encodeCursor } from '../page.ts';
import type { Place } from './place.ts';
import { NOW } from './tenant-change-source.ts';

/** One list for all feeds of a tenant: the place of a moment is the same in each. */
const CHANGE_LIST = 'changes';

export type ChangeMoment = { readonly tenantId: string; readonly place: Place; readonly at: Date };

export const changeCursor = ({ tenantId, place, at }: ChangeMoment): string =>
  encodeCursor(CHANGE_LIST, [...place, at.getTime()], tenantId);

/**
 * The moment that a subscription continues behind; null without a cursor, which is now.
 * @throws PlatformError IA_API_INVALID for what is no cursor of this tenant
 */
export const parseChangeCursor = (tenantId: string, cursor: string | null | undefined): ChangeMoment | null => {
  if (typeof cursor !== 'string') return null;
  const [xid, id, at] = decodeCursor(CHANGE_LIST, cursor, 3, tenantId);
  return { tenantId, place: [Number(xid), Number(id)], at: new Date(Number(at)) };
};

export const placeAfter = (moment: ChangeMoment | null): Place => moment?.place ?? NOW;
