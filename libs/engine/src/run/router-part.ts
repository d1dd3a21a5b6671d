/** What of its step asking an adaptive router is. */
export const ROUTER_PART = 'router';
