import { createPool, type Listener, type Principal } from '@ia-modules/database';
import type { Logger } from 'pino';
import type { PrincipalResolver } from '../auth/principal-resolver.ts';
import { callerKey } from '../traffic/caller-key.ts';
import { CountedPlaces } from '../traffic/counted-places.ts';
import { type AccessWatch, createAccessWatch } from './access-watch.ts';
import { LiveHub, MAX_READS } from './hub.ts';
import type { LiveConfig } from './live-config.ts';
import { Ticker } from './ticker.ts';

/** What the subscriptions of a process have in common. */
export type LiveServices = {
  readonly hub: LiveHub;
  readonly access: AccessWatch;
  /** Takes one of a caller's places for subscriptions; returns how to give it back, or null when there is none. */
  admit(principal: Principal): (() => void) | null;
  /** One timer for all who ask for the same interval; ends with `return()`. */
  every(intervalMs: number): AsyncIterableIterator<void>;
  close(): Promise<void>;
};

export type LiveOptions = {
  readonly limits: LiveConfig;
  readonly databaseUrl: string;
  readonly listener: Listener;
  readonly principals: PrincipalResolver;
  readonly logger: Logger;
};

export const createLiveServices = ({
  limits,
  databaseUrl,
  listener,
  principals,
  logger,
}: LiveOptions): LiveServices => {
  const pool = createPool({ url: databaseUrl, maxConnections: MAX_READS, pipelines: true });
  const hub = new LiveHub({ pool, listener, logger });
  const access = createAccessWatch({ principals, listener, logger });
  const ticker = new Ticker();
  const places = new CountedPlaces(limits.maxSubscriptionsPerCaller);
  hub.listen();
  return {
    hub,
    access,
    admit: (principal) => places.take(callerKey(principal)),
    every: (intervalMs) => ticker.every(intervalMs),
    close: async () => {
      hub.close();
      access.close();
      await pool.end();
    },
  };
};
