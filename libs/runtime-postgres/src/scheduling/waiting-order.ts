/** A point of priority is worth this much waiting, so that whatever waits long enough comes first in the end. */
export const PRIORITY_POINT_MS = 60_000;

/** The order of what waits within a tenant: least first. It does not change while time passes. */
export const waitingOrder = (since: number, priority: number): number => since - priority * PRIORITY_POINT_MS;
