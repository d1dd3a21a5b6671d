import type { GuardedFetch } from '../net/guarded-fetch.ts';
import { recordFetch, replayFetch } from '../net/http-tape.ts';
import { refuseFetch } from '../net/refused-fetch.ts';
import type { HealthCall } from '../plugin-call.ts';
import { createRedaction } from '../scrub.ts';
import { isNetGranted, permittedSecrets } from './permissions.ts';

/** The `fetch` of one call: to the hosts that are granted, live, recorded or replayed; or to none. */
export const fetchOf = (call: HealthCall, net: GuardedFetch): GuardedFetch['fetch'] => {
  const { net: mode = 'live' } = call;
  const isGranted = isNetGranted(call);
  if (mode === 'live') return net.restrict(isGranted).fetch;
  const scrub = createRedaction(Object.values(permittedSecrets(call)));
  if ('refuse' in mode) return refuseFetch(mode.refuse, scrub);
  return 'replay' in mode
    ? replayFetch(mode.replay, isGranted, scrub)
    : recordFetch(net.restrict(isGranted).fetch, mode.record, scrub);
};
